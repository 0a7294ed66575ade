"""Integrals of one variable with a sign problem and a closed form."""
