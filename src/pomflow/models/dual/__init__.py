"""What exact simulations of dual variables share: runs of chains, windings, estimates."""
