"""The anharmonic oscillator in real time, on the Schwinger-Keldysh contour."""
