from pomflow.jobs import job
from pomflow.stages.ising import collect_thermodynamics

job.execute(snakemake, collect_thermodynamics.run)
