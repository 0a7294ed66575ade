"""The Hubbard model on few sites."""
