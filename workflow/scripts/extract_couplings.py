from pomflow.jobs import job
from pomflow.stages.ising import extract_couplings

job.execute(snakemake, extract_couplings.run)
