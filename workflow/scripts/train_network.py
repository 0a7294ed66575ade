from pomflow.jobs import job
from pomflow.stages.scan import train_network

job.execute(snakemake, train_network.run)
