from pomflow.stages import job, sample_langevin

job.execute(snakemake, sample_langevin.run)
