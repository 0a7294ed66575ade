"""U(1) gauge theory in two dimensions."""
