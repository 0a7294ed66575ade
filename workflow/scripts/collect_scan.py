from pomflow.stages import collect_scan, job

job.execute(snakemake, collect_scan.run)
