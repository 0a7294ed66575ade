"""The stage of the report."""
