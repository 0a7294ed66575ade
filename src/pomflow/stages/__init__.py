"""The work behind each rule of the workflow: read files, compute, write one file.

Every stage is a function ``run(inputs, outputs, params)`` of its input files by name, its output files by
name, and the part of the configuration that its rule declares. It knows nothing of Snakemake.
"""
