"""The exercise: numpy_mlp with its heart taken out, for the learner to write, checked piece by piece."""
