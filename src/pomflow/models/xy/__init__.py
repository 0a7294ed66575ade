"""The XY model at chemical potential."""
