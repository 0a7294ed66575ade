"""Critical points from curves R(mu) on several lattices: crossings, scaling, a jump, and the first particle.

Values of different points and lattices are independent of each other. Every fit is one of least squares with
their errors; its own error is from the curvature of chi^2. Which of them fits which lattices says
``geometry``.
"""
