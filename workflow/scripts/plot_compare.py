from pomflow.jobs import job
from pomflow.stages.scan import plots

job.execute(snakemake, plots.compare)
