"""Ising models, and what a network that names the temperature of their configurations knows about them.

Source: Aoki, Fujita, Kobayashi, J. Phys. Soc. Jpn. 88 (2019) 054002.
"""
