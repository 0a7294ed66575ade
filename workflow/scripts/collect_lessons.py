from pomflow.jobs import job
from pomflow.stages.lessons import collect_lessons

job.execute(snakemake, collect_lessons.run)
