from pomflow.jobs import job
from pomflow.stages.ising import sample_ising

job.execute(snakemake, sample_ising.run)
