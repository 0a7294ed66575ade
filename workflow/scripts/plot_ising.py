from pomflow.jobs import job
from pomflow.stages.ising.files import plots as ising_plots

job.execute(snakemake, ising_plots.comparison)
