from pomflow.stages import job, sample_plane

job.execute(snakemake, sample_plane.run)
