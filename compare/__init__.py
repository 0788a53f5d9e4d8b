"""The proof that numpy_mlp and torch_mlp agree: ``python -m compare.run``."""
