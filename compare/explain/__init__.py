"""Explanations by search: which small edit of the correct code computes what a learner's code computes."""
