from pomflow.stages import collect_report, job

job.execute(snakemake, collect_report.run)
