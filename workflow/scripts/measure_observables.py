from pomflow.stages import job, measure_observables

job.execute(snakemake, measure_observables.run)
