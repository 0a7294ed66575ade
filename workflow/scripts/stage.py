from pomflow.jobs import job

job.execute(snakemake)
