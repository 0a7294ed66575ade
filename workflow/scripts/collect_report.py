from pomflow.jobs import job
from pomflow.stages.report import collect_report

job.execute(snakemake, collect_report.run)
