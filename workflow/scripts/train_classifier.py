from pomflow.jobs import job
from pomflow.stages.ising import train_classifier

job.execute(snakemake, train_classifier.run)
