"""A proof as text, as JSON, as pages and as pictures."""
