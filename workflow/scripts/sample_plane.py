from pomflow.jobs import job
from pomflow.stages.scan import sample_plane

job.execute(snakemake, sample_plane.run)
