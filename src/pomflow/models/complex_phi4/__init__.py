"""Complex phi^4 theory at chemical potential."""
