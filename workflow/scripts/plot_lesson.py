from pomflow.stages import job, lesson_plots

job.execute(snakemake, lesson_plots.run)
