from pomflow.jobs import job
from pomflow.stages.scan import measure_observables

job.execute(snakemake, measure_observables.run)
