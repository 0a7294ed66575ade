"""What the user of a run sees: a line for every job, how far it is, and the numbers at its end."""
