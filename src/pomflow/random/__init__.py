"""Counter-based random streams."""
