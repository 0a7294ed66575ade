"""Optimization of contours."""
