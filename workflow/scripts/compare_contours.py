from pomflow.stages import compare_contours, job

job.execute(snakemake, compare_contours.run)
