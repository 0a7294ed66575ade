"""Two straightforward NumPy programs for the gradient that ``pomflow.training.cost.cost_gradient`` computes.

Each is what a physicist would write for this one contour and this one action, without a library around it:
the same lattice tables, the Jacobian of every configuration, one batched inverse, and the chain rule. They
share no code with pomflow.
"""

import math

import numpy as np


class Reference:
    """The dense contour z = t + i (alpha tanh(W_2 tanh(W_1 t + b_1) + b_2) + beta) on complex phi^4.

    Parameters
    ----------
    shape : tuple of int
        Extents of the lattice, time first.
    hidden : int
        Number H of hidden units; H < n turns all linear algebra into H x H.
    mass, coupling, mu : float
        Parameters of the action.
    """

    def __init__(self, shape, hidden, mass, coupling, mu):
        self.volume, self.dimension = math.prod(shape), len(shape)
        self.size, self.hidden = 2 * self.volume, hidden
        self.mass, self.coupling, self.mu = mass, coupling, mu
        sites = np.arange(self.volume).reshape(shape)
        self.ahead = [np.roll(sites, -1, axis).ravel() for axis in range(self.dimension)]
        self.behind = [np.roll(sites, 1, axis).ravel() for axis in range(self.dimension)]

    def unpack(self, theta):
        """W_1, b_1, W_2, b_2, alpha, beta from the flat vector."""
        n, h = self.size, self.hidden
        w1, b1, w2, b2, alpha, beta = np.split(theta, np.cumsum([h * n, h, n * h, n, n]))
        return w1.reshape(h, n), b1, w2.reshape(n, h), b2, alpha, beta

    def action_gradient(self, z):
        """dS/dz of the complex phi^4 action."""
        phi = z.reshape(len(z), 2, self.volume)
        ahead, behind = phi[:, :, self.ahead[0]], phi[:, :, self.behind[0]]
        total = (2 * self.dimension + self.mass**2) * phi - math.cosh(self.mu) * (ahead + behind)
        for direction in range(1, self.dimension):
            total -= phi[:, :, self.ahead[direction]] + phi[:, :, self.behind[direction]]
        turned = 1j * math.sinh(self.mu) * (ahead - behind)
        total[:, 0] += turned[:, 1]
        total[:, 1] -= turned[:, 0]
        total += self.coupling * (phi[:, :1] ** 2 + phi[:, 1:] ** 2) * phi
        return total.reshape(z.shape)

    def gradient(self, theta, t, weight):
        """Gradient of the batch mean of Re[weight (ln det J - S)] with respect to theta."""
        w1, b1, w2, b2, alpha, beta = self.unpack(theta)
        a = np.tanh(t @ w1.T + b1)
        f = np.tanh(a @ w2.T + b2)
        slope1, slope2 = 1 - a**2, 1 - f**2
        d1, d2 = slope1, alpha * slope2
        z = t + 1j * (alpha * f + beta)
        weight = weight / len(t)
        g_d2, g_w2, g_d1, g_w1 = self.factor_gradients(d2, w2, d1, w1, weight)
        g_y = (weight[:, None] * self.action_gradient(z)).imag
        g_q = (g_y * alpha - 2 * alpha * f * g_d2) * slope2
        g_p = (g_q @ w2 - 2 * a * g_d1) * slope1
        g_w2 = g_w2 + g_q.T @ a
        g_w1 = g_w1 + g_p.T @ t
        g_alpha = (g_y * f + g_d2 * slope2).sum(axis=0)
        parts = (g_w1, g_p.sum(axis=0), g_w2, g_q.sum(axis=0), g_alpha, g_y.sum(axis=0))
        return np.concatenate([part.ravel() for part in parts])

    def factor_gradients(self, d2, w2, d1, w1, weight):
        """Gradients of sum_b Re[weight ln det(1 + iK)], K = D_2 W_2 D_1 W_1, taken in the smaller order."""
        if self.hidden < self.size:
            g_d1, g_w1, g_d2, g_w2 = self.small(d1, w1, d2, w2, weight)
            return g_d2, g_w2, g_d1, g_w1
        return self.small(d2, w2, d1, w1, weight)

    def small(self, d2, w2, d1, w1, weight):
        left = d2[:, :, None] * w2
        right = d1[:, :, None] * w1
        g = self.weighted_inverse(left @ right, weight).transpose(0, 2, 1)
        # d tr(G K) for K = left @ right, shapes (b, m, k) and (b, k, m)
        g_left = g @ right.transpose(0, 2, 1)
        g_right = left.transpose(0, 2, 1) @ g
        g_w2 = (d2[:, :, None] * g_left).sum(axis=0)
        g_w1 = (d1[:, :, None] * g_right).sum(axis=0)
        return (g_left * w2).sum(axis=2), g_w2, (g_right * w1).sum(axis=2), g_w1

    def weighted_inverse(self, k, weight):
        """G = Re[i weight (1 + iK)^{-1}], so that the derivative is tr(G dK)."""
        raise NotImplementedError


class RealForm(Reference):
    """ln|det J| = 1/2 ln det(1 + K^2), so d ln|det J| = tr(K (1 + K^2)^{-1} dK); no phase: c = 0 only."""

    def weighted_inverse(self, k, weight):
        inverse = np.linalg.inv(np.eye(k.shape[-1]) + k @ k)
        return weight.real[:, None, None] * (k @ inverse)


class ComplexInverse(Reference):
    """J = 1 + iK as a complex matrix and its inverse, for any c."""

    def weighted_inverse(self, k, weight):
        inverse = np.linalg.inv(np.eye(k.shape[-1]) + 1j * k)
        return (1j * weight[:, None, None] * inverse).real
