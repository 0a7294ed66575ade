from pomflow.jobs import job
from pomflow.stages.lessons import plots as lesson_plots

job.execute(snakemake, lesson_plots.run)
