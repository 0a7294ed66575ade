# What is given is checked before Snakemake reads it: its own messages name neither the file nor the line.
import os
import sys

from pomflow import plugins
from pomflow.config import file as config_file
from pomflow.errors import PomflowError

# of this workflow, also where another one uses it as a module
DEFAULTS = os.path.relpath(workflow.source_path("../../config/default.yaml"))


def checked(function, *arguments):
    """What a function of the library gives, or one message and the end."""
    try:
        return function(*arguments)
    except PomflowError as error:
        sys.exit(f"pomflow: {error}")
    except Exception as error:
        line = plugins.raised_in(error)
        if line is None:
            raise
        sys.exit(
            f"pomflow: {line}: {type(error).__name__}: {error}. Correct the plug-in."
        )


# the files of a workflow that uses this one are its own affair
GIVEN, given = [], config
if workflow.modifier.is_main_snakefile():
    GIVEN = workflow.configfiles
    given = checked(config_file.as_written, workflow.config_settings.config)
config = checked(config_file.merged, DEFAULTS, GIVEN, given)
