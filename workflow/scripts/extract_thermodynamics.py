from pomflow.stages import extract_thermodynamics, job

job.execute(snakemake, extract_thermodynamics.run)
