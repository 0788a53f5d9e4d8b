"""The same training, faster: compiled steps, CUDA graphs, data-parallel workers."""
