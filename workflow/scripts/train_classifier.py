from pomflow.stages import job, train_classifier

job.execute(snakemake, train_classifier.run)
