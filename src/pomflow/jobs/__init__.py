"""From a workflow's job to a stage."""
