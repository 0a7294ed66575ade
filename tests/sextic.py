"""A theory that derives from phi^4, as a user would write it: it shares everything but the action."""

from pomflow.models.base import Parameter
from pomflow.models.complex_phi4.action import ComplexPhi4


class Sextic(ComplexPhi4):
    """phi^4 with kappa (phi_a phi_a)^3 / 6 at every site."""

    parameters = ComplexPhi4.parameters | {"kappa": Parameter("Coupling of six fields.", 0.8, minimum=0)}
    growth = 6

    def value(self, z):
        return super().value(z) + self.kappa / 6 * (self._squares(z) ** 3).sum(axis=1)

    def gradient(self, z):
        force = self.kappa * self._squares(z)[:, None] ** 2 * self.fields(z)
        return super().gradient(z) + force.reshape(z.shape)

    def _squares(self, z):
        return (self.fields(z) ** 2).sum(axis=1)
