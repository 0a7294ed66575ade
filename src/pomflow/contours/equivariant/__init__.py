"""The contour that respects the symmetries of a complex scalar field."""
