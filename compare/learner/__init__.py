"""Somebody else's network: a child process with limits, and what comes back from it."""
