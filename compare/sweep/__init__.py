"""Train a grid of networks over many seeds, and compare them: ``python -m compare.sweep``."""
