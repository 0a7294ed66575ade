"""Short computations that each teach one fact about neural networks, in numbers that can be judged.

Every lesson is a function ``teach(stream)`` that returns a ``Lesson``: rows of numbers with what is expected
of them, and the data of its figure.
"""
