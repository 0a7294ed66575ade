"""The Thirring model of one staggered fermion at chemical potential."""
