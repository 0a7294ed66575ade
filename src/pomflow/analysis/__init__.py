"""From Monte Carlo series to numbers with errors, and the gates that judge them."""
