"""The contour for large volumes: time slices change one after the other, below a linear path."""
