from pomflow.stages import job, sample_ising

job.execute(snakemake, sample_ising.run)
