"""The bug lab: classic mistakes, each planted in a copy of numpy_mlp, measured, and known by its numbers."""
