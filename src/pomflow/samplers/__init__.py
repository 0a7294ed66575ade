"""Monte Carlo samplers."""
