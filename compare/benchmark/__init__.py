"""How long an epoch takes in each library, measured side by side: ``python -m compare.benchmark``."""
