from pomflow.stages import job, sample_worm

job.execute(snakemake, sample_worm.run)
