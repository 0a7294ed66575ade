"""pomflow: deep learning in lattice physics as a reproducible pipeline."""

__version__ = "0.1.0"
