from pomflow.stages import job, teach_lesson

job.execute(snakemake, teach_lesson.run)
