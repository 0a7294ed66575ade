"""One archive of a finished scan, with all that is needed to check it and to go on with it."""
