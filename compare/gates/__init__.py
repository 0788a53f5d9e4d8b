"""The gates of the proof, one file each; ``stages`` puts them in order."""
