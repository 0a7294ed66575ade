from pomflow.stages import collect_lessons, job

job.execute(snakemake, collect_lessons.run)
