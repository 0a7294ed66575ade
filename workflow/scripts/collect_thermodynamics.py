from pomflow.stages import collect_thermodynamics, job

job.execute(snakemake, collect_thermodynamics.run)
