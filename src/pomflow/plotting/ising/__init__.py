"""Figures of the Ising study."""
