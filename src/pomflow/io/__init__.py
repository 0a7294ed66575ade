"""Files, checkpoints and provenance."""
