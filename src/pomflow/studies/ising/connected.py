"""The couplings that a fully connected network with squared units has learned."""

import numpy as np

from pomflow.studies.ising.classifier import Classifier


def learned_couplings(classifier: Classifier) -> np.ndarray:
    r"""J_ij of the quadratic form in h, symmetric with zeros on the diagonal, shape (volume, volume).

    h = sum_u a_u (sum_i W_ui s_i + ...)^2 = 2 sum_{i<j} Q_ij s_i s_j + ..., Q = W^T a W. The logits
    - x_k h, with x_k = (beta_k - mean) / std, are - beta_k E up to what all classes share, so E = h / std and
    J_ij = - 2 Q_ij / std.
    """
    parameters = classifier.body.unpack(classifier.theta[: classifier.body.size])
    weight = parameters["dense"]["weight"]
    strength = parameters["last"]["weight"][0] / classifier.standardization.scale
    form = -2 * (weight.T * strength) @ weight / classifier.beta.std()
    return form - np.diag(np.diag(form))
