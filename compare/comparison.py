"""One comparison, from what was requested to an exit code: what ``python -m compare.run`` does in the end."""

import sys
from pathlib import Path
from types import ModuleType
from typing import TextIO

import torch

import numpy_mlp
from compare.bugs.diagnosis import diagnose
from compare.bugs.hint import hint
from compare.bugs.translation import in_language
from compare.checks import DTYPES, first_divergence
from compare.exit_codes import AGREE, DISAGREE
from compare.fuzz.report import fuzz
from compare.gates.material import Material, Settings
from compare.page.build import write_beside
from compare.proof import Proof, prove
from compare.report import text
from compare.report.agreement import agreement
from compare.report.drift import Point, drift
from compare.report.files import as_json, write, write_report
from compare.report.verdict import agrees
from compare.request import Request
from numpy_mlp.shared.cli import DeviceNotFoundError
from numpy_mlp.shared.plots import style
from torch_mlp.device import choose_device, choose_own_device, describe
from torch_mlp.faster.modes import check_mode
from torch_mlp.faster.workers import Workers


def carry_out(
    request: Request, package: ModuleType = numpy_mlp, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Put a package through the gates, or through random networks; report, and return the exit code.

    The report goes to ``out``, by default stdout; to ``err``, by default stderr, if the JSON goes to ``out``.
    """
    devices = chosen_devices(request)
    out, err = out or sys.stdout, err or sys.stderr
    stream = err if request.json == "-" else out
    if request.fuzz:
        return fuzz(request, devices, package, stream)
    dtypes = DTYPES if request.dtype == "both" else (request.dtype,)
    settings = Settings(
        request.dataset, tuple(request.hidden), request.seed, request.epochs, dtypes, devices,
        request.precision, request.workers, request.mode,
    )  # fmt: skip
    proof = Proof(Material(settings), package)
    report(proof, request, stream)
    write_files(proof, request, out, err)
    return AGREE if agrees(proof) or request.precision == "tf32" else DISAGREE


def chosen_devices(request: Request) -> tuple[torch.device, ...]:
    """Return the requested devices: one, or for ``all`` the CPU and every GPU.

    Raises:
        DeviceNotFoundError: one of them is not there, or the mode or the precision needs another.
        ValueError: nothing can be compiled here.
    """
    name, workers = request.device, request.workers
    if workers > 1:
        found = [choose_own_device(name, Workers(0, workers, 0, workers))]
    elif name == "all":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        found = [torch.device("cpu"), *(torch.device("cuda", i) for i in range(count))]
    else:
        found = [choose_device(name)]
    for device in found:
        check_mode(request.mode, device)
    if request.precision == "tf32" and not any(device.type == "cuda" for device in found):
        raise DeviceNotFoundError("--precision tf32 needs a CUDA device, and this run has none")
    if name in ("auto", "all") and not request.quiet:
        print(f"device: {', '.join(map(describe, found))}", file=sys.stderr)
    return tuple(found)


def report(proof: Proof, request: Request, stream: TextIO) -> None:
    """Run the gates, and write the report as they finish; where the sides part, the diagnosis too."""

    def say(line: str) -> None:
        if not request.quiet:
            print(line, file=stream, flush=True)

    say(text.heading(proof))
    explained = request.precision == "tf32" or request.quiet
    for number, gate in enumerate(prove(proof, verbose=request.verbose)):
        # where numbers part comes first; the gates from there on are what follows from it
        found = first_divergence(proof.checks)
        if found and not found.form and not explained:
            diagnosis = diagnose(proof.package, training=found.epoch is not None)
            told = hint(diagnosis, request.hint, proof.package)
            said = f"\n{text.divergence(found)}\n\n{told}\n\nwhat follows from it:"
            say(in_language(said, request.lang or "en"))
            explained = True
        say(text.gate_line(number, gate, proof, stream))
        if request.verbose:
            say("\n".join(f"  {text.check_line(check)}" for check in proof.checks if check.gate == gate))
    say(text.closing(proof, stream))


def write_files(proof: Proof, request: Request, out: TextIO, err: TextIO) -> None:
    """Write the requested files; the drift along the way is computed only for them."""
    points: list[Point] = drift(proof) if request.json or request.plot or request.out else []
    if request.json:
        report = as_json(proof, points)
        out.write(report) if request.json == "-" else write(Path(request.json), report)
    if request.plot:
        style.save(agreement(points), request.plot)
    if request.out:
        print("both train once more, for the page of every number", file=err, flush=True)
        files = write_report(proof, points, Path(request.out), page=write_beside)
        print(f"saved in {request.out}: {', '.join(files)}", file=sys.stderr)
