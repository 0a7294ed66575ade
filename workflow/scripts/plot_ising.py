from pomflow.stages import ising_plots, job

job.execute(snakemake, ising_plots.comparison)
