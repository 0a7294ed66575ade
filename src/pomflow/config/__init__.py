"""The configuration: files, validation, and the scan that it describes."""
