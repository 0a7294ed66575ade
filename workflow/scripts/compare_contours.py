from pomflow.jobs import job
from pomflow.stages.scan import compare_contours

job.execute(snakemake, compare_contours.run)
