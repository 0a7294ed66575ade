from pomflow.stages import job, train_network

job.execute(snakemake, train_network.run)
