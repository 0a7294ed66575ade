from pomflow.jobs import job
from pomflow.stages.scan import sample_langevin

job.execute(snakemake, sample_langevin.run)
