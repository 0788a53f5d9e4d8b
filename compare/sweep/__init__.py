"""The homework, done properly: ``python -m compare.sweep`` trains a grid of networks and compares them."""
