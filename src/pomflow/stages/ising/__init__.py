"""The stages of the Ising study."""
