"""The exit codes of the commands in ``compare``; those of every command are defined with the shared CLI."""

AGREE = DONE = 0
DISAGREE = 1
SELF_TEST_FAILED = 4
