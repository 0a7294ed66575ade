from pomflow.jobs import job
from pomflow.stages.scan import optimize_contour

job.execute(snakemake, optimize_contour.run)
