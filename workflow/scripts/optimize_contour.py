from pomflow.stages import job, optimize_contour

job.execute(snakemake, optimize_contour.run)
