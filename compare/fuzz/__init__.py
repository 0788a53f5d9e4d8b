"""Random networks, drawn from seeds, through both libraries."""
