"""``python -m compare COMMAND`` or ``mlp-compare COMMAND``: every command of this package, by its name."""

import os
import sys
from importlib import import_module

from numpy_mlp.shared.cli import WRONG_USAGE

COMMANDS = {
    "run": "prove that the network by hand and the network in PyTorch agree",
    "page": "the network in the browser: every number of both trainings, with its arithmetic",
    "check": "judge the arrays of a file that your own program has saved",
    "bugs": "the classic mistakes: list, show, quiz, table, test",
    "exercise": "write the network yourself, and have it checked piece by piece",
    "fuzz": "compare both libraries on random networks",
    "sweep": "change the hyperparameters, train often, and compare",
    "benchmark": "the time of an epoch in every library",
}


def listing() -> str:
    """Return the commands, each with what it does."""
    lines = [f"  {name:<10} {text}" for name, text in COMMANDS.items()]
    return "\n".join(
        ["usage: mlp-compare COMMAND ...\n", *lines, "\nmlp-compare COMMAND --help shows its flags."]
    )


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` begins with, and return its exit code."""
    name, *rest = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print(listing())
        return 0
    if name not in COMMANDS:
        print(
            f"mlp-compare: expected {', '.join(COMMANDS)}, got {name!r} (--help shows more)", file=sys.stderr
        )
        return WRONG_USAGE
    module = import_module(f"compare.{name}" if name in ("run", "check") else f"compare.{name}.__main__")
    code: int = module.main(rest)
    return code


def console() -> int:
    """Run ``mlp-compare``: processes that it starts, too, never import a file of the current folder."""
    os.environ["PYTHONSAFEPATH"] = "1"
    return main()


if __name__ == "__main__":
    sys.exit(main())
