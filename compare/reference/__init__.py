"""A learner's arrays, from code of any shape, held against PyTorch: ``compare.Reference``."""
