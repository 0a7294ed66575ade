"""The average phase factor as figures and pages show it."""

import numpy as np

# its columns with those of their imaginary parts, each beside a column of errors
PARTS = {"apf_re": "apf_im", "apf0_re": "apf0_im", "apf0_exact": "apf0_im_exact"}


def has_real_phase(model) -> bool:
    """Whether a symmetry makes the partition function real, and with it the average phase factor."""
    return "apf_im" in model.vanishing


def with_moduli(table, model):
    r"""A table with real parts, or, where Z may be complex, with the modulus in place of every real part.

    .. math:: |a + ib| = \sqrt{a^2 + b^2} \pm \frac{\sqrt{(a\, \Delta a)^2 + (b\, \Delta b)^2}}{|a + ib|}

    Parameters
    ----------
    table : DataFrame or Dataset
        With any of the columns of ``PARTS``, both parts or the real one alone, which then stays.
    model : Model or its class

    Returns
    -------
    DataFrame or Dataset
    """
    if has_real_phase(model):
        return table
    found = {}
    for name, other in PARTS.items():
        if name in table and other in table:
            real, imaginary = table[name], table[other]
            modulus = np.hypot(real, imaginary)
            along = np.hypot(real * table[f"{name}_err"], imaginary * table[f"{other}_err"])
            found |= {name: modulus, f"{name}_err": along / modulus}
    return table.assign(**found)
