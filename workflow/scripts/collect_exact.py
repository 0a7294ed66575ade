from pomflow.stages import collect_exact, job

job.execute(snakemake, collect_exact.run)
