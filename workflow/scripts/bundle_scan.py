"""Run the stage of a job whose files are too many for a command line."""

import json
import sys

from pomflow.jobs import job

params = snakemake.params
rest = json.loads(params.rest)
rest["inputs"]["jobs"] = params.jobs
sys.exit(job.run(snakemake.rule, snakemake.log[0], f"{params.work}\n{json.dumps(rest)}"))
