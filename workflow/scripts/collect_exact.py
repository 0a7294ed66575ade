from pomflow.jobs import job
from pomflow.stages.scan import collect_exact

job.execute(snakemake, collect_exact.run)
