from pomflow.stages import extract_couplings, job

job.execute(snakemake, extract_couplings.run)
