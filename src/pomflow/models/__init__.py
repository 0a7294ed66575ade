"""Lattice models, one folder each: action, observables, exact partners."""
