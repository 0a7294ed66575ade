"""The Ising model: exact values and samplers."""
