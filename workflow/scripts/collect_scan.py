from pomflow.jobs import job
from pomflow.stages.scan import collect_scan

job.execute(snakemake, collect_scan.run)
