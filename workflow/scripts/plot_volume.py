from pomflow.stages import job, plots

job.execute(snakemake, plots.volume)
