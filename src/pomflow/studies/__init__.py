"""Studies of what networks learn: the Ising model, and lessons."""
