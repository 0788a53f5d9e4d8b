"""``python -m compare.check FILE.npz``: judge arrays that ``np.savez`` saved, from code in any language.

Exit codes: 0 they agree, 1 they disagree, 2 wrong usage.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from compare.exit_codes import AGREE, DISAGREE, DONE
from numpy_mlp.shared.cli import Parser, flags, run
from numpy_mlp.shared.files import replacing

ACTIVATIONS = ("relu", "sigmoid", "tanh")
LAYOUTS = ("in,out", "out,in", "columns")


def parser() -> Parser:
    """Return the parser of ``python -m compare.check``."""
    top = Parser(
        prog="python -m compare.check",
        description="Hold the arrays of one step against PyTorch, and find the line that is wrong.",
        epilog="exit codes: 0 agree, 1 disagree, 2 wrong usage",
    )
    flags.add_network_flags(top)
    add = top.add_argument
    # fmt: off
    add("file", nargs="?", metavar="FILE", help="a .npz with arrays by name: z1, a1, loss, dW1, ...")
    add("--start", type=flags.writable_file, metavar="FILE",
        help="write x, y and the weights there (.npz), for your code to start from")
    add("--layout", choices=LAYOUTS, help="how weights and samples lie (default: found by value)")
    add("--activation", choices=ACTIVATIONS, default="relu", help="of the hidden layers (default: relu)")
    add("--dtype", choices=("float32", "float64"), default="float64", help="of --start (default: float64)")
    add("--lr", type=flags.finite, help="the learning rate of W1_new, ... (default: found by value)")
    add("--l2", type=flags.finite, help="the weight decay (default: found by value)")
    add("--json", type=flags.writable_or_stdout, metavar="PATH", help="write the report as JSON; - is stdout")
    add("--names", action="store_true", help="list names, shapes and formulas, and stop")
    # fmt: on
    return top


def command(args: argparse.Namespace) -> int:
    """Do what the flags say, and return the exit code. PyTorch is imported here, not before."""
    import numpy as np

    from compare.reference.reference import Reference

    ref = Reference(
        args.dataset,
        tuple(args.hidden),
        args.seed,
        activation=args.activation,
        dtype=args.dtype,
        layout=args.layout,
    )
    if args.names:
        print(ref.names())
        return DONE
    if args.start:
        with replacing(args.start) as file:
            np.savez(file, x=ref.x, y=ref.y, **ref.weights)  # type: ignore[arg-type]
        print(f"x, y and {', '.join(ref.weights)} are in {args.start}", file=sys.stderr)
        if not args.file:
            return DONE
    report = ref.check(loaded(args.file), lr=args.lr, l2=args.l2)
    if args.json:
        text = json.dumps(report.to_dict(), indent=1) + "\n"
        if args.json == "-":
            print(text, end="")
        else:
            with replacing(args.json) as file:
                file.write(text.encode())
    if args.json != "-":
        print(report)
    return AGREE if report.agrees else DISAGREE


def loaded(path: str) -> dict[str, Any]:
    """Return the arrays of a file.

    Raises:
        ValueError: it is no .npz file of plain arrays.
        OSError: it can't be read.
    """
    import zipfile

    import numpy as np

    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: expected a file written by np.savez, found none")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile):
        raise ValueError(
            f"{path}: expected a .npz file of arrays of numbers, as np.savez writes it"
        ) from None


def main(argv: list[str] | None = None) -> int:
    """Run the check that ``argv`` describes and return its exit code."""
    top = parser()
    args = top.parse_args(argv)
    flags.label_in_dataset(top, args)
    if args.names and (args.file or args.start or args.json):
        top.error("--names lists the names and stops: leave out FILE, --start and --json")
    if not (args.file or args.start or args.names):
        top.error(
            "expected FILE.npz; --start FILE writes what your code starts from, --names lists the names"
        )
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
