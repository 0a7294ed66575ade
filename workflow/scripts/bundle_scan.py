"""Run the stage of a job whose files are too many for a command line."""

import json
import sys

from pomflow.jobs import description, job

params = snakemake.params
rest = description.read(params.rest)
rest["inputs"]["jobs"] = params.jobs
sys.exit(job.run(snakemake.rule, snakemake.log[0], f"{params.work}\n{json.dumps(rest)}"))
