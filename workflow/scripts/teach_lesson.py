from pomflow.jobs import job
from pomflow.stages.lessons import teach_lesson

job.execute(snakemake, teach_lesson.run)
