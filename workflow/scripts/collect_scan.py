from pomflow.stages import job, collect_scan

job.execute(snakemake, collect_scan.run)
