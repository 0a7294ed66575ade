"""Layers that change one colour of time slices after the other, below a linear path: a determinant of O(V)."""
