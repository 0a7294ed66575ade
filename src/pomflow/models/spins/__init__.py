"""Models of spins with a few values, each on a lattice: what they share, and their cluster algorithm."""
