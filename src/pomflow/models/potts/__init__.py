"""The Potts model: energy, exact values."""
