from pomflow.jobs import job
from pomflow.stages.scan import sample_worm

job.execute(snakemake, sample_worm.run)
