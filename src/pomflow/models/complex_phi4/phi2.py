"""The squared modulus of the field."""

from pomflow.models.observables import observable


@observable("squared field phi_a phi_a", "per site")
def phi2(action, z):
    """phi_a phi_a averaged over the sites, per configuration."""
    return (z * z).sum(axis=1) / action.lattice.volume
