from pomflow.jobs import job
from pomflow.stages.scan import sample_contour

job.execute(snakemake, sample_contour.run)
