"""The stages of the lessons."""
