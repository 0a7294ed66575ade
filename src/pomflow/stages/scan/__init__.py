"""The stages of a scan: plane, network, contour, samples, observables, table."""
