"""Array modules and the numerics that every model and contour may use."""
