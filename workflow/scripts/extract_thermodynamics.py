from pomflow.jobs import job
from pomflow.stages.ising import extract_thermodynamics

job.execute(snakemake, extract_thermodynamics.run)
