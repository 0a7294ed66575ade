# What is given is checked before Snakemake reads it: its own messages name neither the file nor the line.
import sys

from pomflow import config_file
from pomflow.errors import PomflowError


def checked(function, *arguments):
    """What a function of the library gives, or one message and the end."""
    try:
        return function(*arguments)
    except PomflowError as error:
        sys.exit(f"pomflow: {error}")


for path in ("config/default.yaml", *workflow.configfiles):
    checked(config_file.load, path)
