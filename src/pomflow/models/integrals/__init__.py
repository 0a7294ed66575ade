"""Models of one variable: integrals with a sign problem and a closed form."""
