from pomflow.stages import job, sample_contour

job.execute(snakemake, sample_contour.run)
