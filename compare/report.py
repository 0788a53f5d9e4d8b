"""Checks as text for people and as JSON for machines."""

import json
import math
import os
from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any, TextIO

from compare.checks import Check, agree, first_divergence
from compare.proof import Proof

SCHEMA = "compare/1"
TRACED = ("forward", "backward", "update")
GREEN, RED, PLAIN = "\033[32m", "\033[31m", "\033[0m"


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Colour a text if it goes to a terminal, and never with NO_COLOR set."""
    return f"{colour}{text}{PLAIN}" if stream.isatty() and not os.environ.get("NO_COLOR") else text


def heading(proof: Proof) -> str:
    """Return what is compared, where, and the head of the table."""
    environment, settings = proof.environment, proof.settings
    sizes = " -> ".join(map(str, proof.sizes))
    columns = [
        dtype if len(settings.devices) == 1 else f"{dtype} {device}" for dtype, device in places(proof)
    ]
    return "\n".join(
        [
            f"{sizes} on {settings.dataset}, {proof.parameters['torch']} parameters, seed {settings.seed}, "
            f"initial weights {proof.weights_hash[:12]}",
            f"NumPy {environment['numpy']} ({environment['blas']}, {environment['blas_threads']} threads), "
            f"PyTorch {environment['torch']} on {', '.join(environment['devices'])} "
            f"({environment['torch_threads']} threads)" + mode(proof) + workers(proof),
            "",
            f"{'gate':<15}" + "".join(f"{column:<34}" for column in columns).rstrip(),
        ]
    )


def mode(proof: Proof) -> str:
    """Return in which mode PyTorch trained, if that was not the usual one."""
    return f", trained in mode {proof.settings.mode}" if proof.settings.mode != "eager" else ""


def workers(proof: Proof) -> str:
    """Return in how many processes PyTorch trained, if that was not one."""
    return f", trained by {proof.settings.workers} workers" if proof.settings.workers > 1 else ""


def places(proof: Proof) -> list[tuple[str, str]]:
    """Return each dtype with each device."""
    return [(dtype, str(device)) for dtype in proof.settings.dtypes for device in proof.settings.devices]


@dataclass(frozen=True)
class Verdict:
    """What a gate says in one dtype on one device."""

    agrees: bool
    checks: int
    failed: int
    largest_share: float | None

    @property
    def count(self) -> str:
        """How many checks there were, or how many of them failed."""
        return f"{self.failed} of {self.checks} fail" if self.failed else f"{self.checks} checks"

    @property
    def share(self) -> str:
        """The largest share of a budget that a check used; empty if that is no finite number."""
        finite_share = self.largest_share is not None and math.isfinite(self.largest_share)
        return f"{self.largest_share:.1%}" if finite_share else ""


def verdicts_of(gate: str, proof: Proof) -> list[Verdict]:
    """Return a gate's verdict for each of ``places``."""
    found = []
    for dtype, device in places(proof):
        # what doesn't depend on the device was checked once, on the CPU
        checks = [
            c for c in proof.checks if c.gate == gate and c.dtype == dtype and c.device in (device, "cpu")
        ]
        if any(c.device == device for c in checks):
            checks = [c for c in checks if c.device == device]
        failed = sum(not check.passed for check in checks)
        shares = [check.budget_used for check in checks if check.budget_used is not None]
        found.append(Verdict(agree(checks), len(checks), failed, max(shares, default=None)))
    return found


def gate_line(number: int, gate: str, proof: Proof, stream: TextIO) -> str:
    """Return a gate's verdicts: how many checks, and the largest share of a budget that one used."""
    line = f"{f'{number} {gate}':<15}"
    for found in verdicts_of(gate, proof):
        text = painted("agree   ", GREEN, stream) if found.agrees else painted("DISAGREE", RED, stream)
        line += f"{text} {found.count:>15} {found.share:>7}  "
    return line.rstrip()


def check_line(check: Check) -> str:
    """Return one check in one line, for ``-v``."""
    where = f"{check.gate:<11} {check.dtype} {check.device:<6} {check.scenario:<19} {check.tensor:<36} "
    where += check.status
    if check.max_abs is None:
        return where if check.passed else f"{where}  NumPy: {check.numpy!r}, PyTorch: {check.torch!r}"
    closer = f", nearer to float64: {check.closer}" if check.closer else ""
    return (
        f"{where}  {check.shape}  max {check.max_abs:.2e}, {check.max_ulp:.3g} ulp, "
        f"{share_of(check)} of its budget{closer}"
    )


def share_of(check: Check) -> str:
    """Return the share of its budget that a check used: a percentage, or times over it."""
    used = check.budget_used or 0.0
    return (
        f"{used:.1%}" if used <= 1 else f"{used:.3g} times" if math.isfinite(used) else "any number of times"
    )


def divergence(check: Check) -> str:
    """Return where the two sides part first, and how."""
    lines = [
        "first to disagree:",
        f"  array     {check.tensor}" + (f", shape {check.shape}" if check.shape else ""),
        f"  where     gate {check.gate}, scenario {check.scenario}, {check.dtype}, {check.device}",
    ]
    if check.formula:
        lines.append(f"  formula   {check.formula}")
    if check.max_abs is None:
        lines += [f"  NumPy     {check.numpy}", f"  PyTorch   {check.torch}"]
    else:
        lines += [
            f"  worst at  {list(check.worst_index or ())}",
            f"  NumPy     {check.numpy!r}",
            f"  PyTorch   {check.torch!r}",
            f"  distance  {abs(check.numpy - check.torch):.3e}: {share_of(check)} of its budget; "
            f"largest {check.max_abs:.3e}, {check.max_ulp:.3g} ulp",
        ]
    if check.closer:
        lines.append(f"  nearer    to the float64 value: {check.closer}")
    return "\n".join(lines)


def closing(proof: Proof, stream: TextIO) -> str:
    """Return what the table can't show, and the verdict."""
    lines = ["", *findings(proof)]
    if found := first_divergence(proof.checks):
        lines += ["", divergence(found)]
    word, colour = ("AGREE", GREEN) if verdict(proof) == "agree" else ("DISAGREE", RED)
    lines += ["", f"{painted(word, colour, stream)}: {outcome(proof)}"]
    if proof.settings.precision == "tf32":
        lines.append("TF32 was asked for: this run shows what it costs, and is no verdict on the libraries.")
    return "\n".join(lines)


def outcome(proof: Proof) -> str:
    """Return the verdict's reason: how many checks passed or failed."""
    failed = sum(not check.passed for check in proof.checks)
    if failed or not proof.checks:
        return f"{failed:,} of {len(proof.checks):,} checks failed"
    numbers = f"{len(proof.checks):,} checks, {proof.parameters['numpy']} parameters"
    return f"{numbers}, {proof.settings.epochs:,} epochs"


def findings(proof: Proof) -> list[str]:
    """Return the flowers, the library that is nearer to float64, and the largest share of a budget."""
    lines = []
    for dtype, device in places(proof):
        flowers = [f for f in proof.flowers if (f["dtype"], f["device"]) == (dtype, device)]
        if flowers:
            right = [sum(f[library] == f["label"] for f in flowers) for library in ("numpy", "torch")]
            same = sum(f["numpy"] == f["torch"] for f in flowers)
            lines.append(
                f"test samples  {right[0]} of {len(flowers)} right in NumPy, {right[1]} in PyTorch, "
                f"the same answer for {same} of {len(flowers)} ({dtype}, {device})"
            )
    lines += nearer(proof)
    used = [c for c in proof.checks if c.budget_used is not None and c.passed and c.gate in TRACED]
    if used:
        most = max(used, key=lambda c: c.budget_used or 0)
        lines.append(
            f"budgets       at most {share_of(most)} used, by {most.tensor} ({most.scenario}, {most.dtype})"
        )
    return lines


def nearer(proof: Proof) -> list[str]:
    """Return which library's float32 results lie nearer to float64, array by array and after the training."""
    lines = []
    count = Counter(c.closer for c in proof.checks if c.dtype == "float32" and c.closer)
    if count:
        lines.append(
            f"nearer        to float64 in {count['numpy']} arrays NumPy, in {count['torch']} PyTorch, "
            f"in {count['equal']} both alike"
        )
    for (dtype, device), (ours, theirs, _) in proof.histories.items():
        exact = proof.histories.get(("float64", device))
        if dtype == "float32" and exact:
            ends = [history.snapshots[-1] for history in (ours, theirs)]
            truth = exact[0].snapshots[-1]
            far = [max(float(abs(end[name] - truth[name]).max()) for name in truth) for end in ends]
            winner = "NumPy" if far[0] < far[1] else "PyTorch" if far[1] < far[0] else "both alike"
            lines.append(
                f"              after {proof.settings.epochs:,} epochs {winner}: "
                f"weights at most {far[0]:.2e} away in NumPy, {far[1]:.2e} in PyTorch ({device})"
            )
    return lines


def verdict(proof: Proof) -> str:
    """Return "agree" or "disagree"."""
    return "agree" if agree(proof.checks) else "disagree"


def as_json(proof: Proof) -> str:
    """Return the report for machines; numbers that JSON lacks are the texts "nan", "inf" and "-inf"."""
    found = first_divergence(proof.checks)
    report = {
        "schema": SCHEMA,
        "verdict": verdict(proof),
        "settings": {
            "dataset": proof.settings.dataset,
            "sizes": proof.sizes,
            "seed": proof.settings.seed,
            "epochs": proof.settings.epochs,
            "precision": proof.settings.precision,
            "mode": proof.settings.mode,
            "workers": proof.settings.workers,
        },
        "environment": proof.environment,
        "initial_weights_sha256": proof.weights_hash,
        "parameters": proof.parameters,
        "checks": [asdict(check) for check in proof.checks],
        "trajectory": [asdict(point) for point in proof.points],
        "predictions": proof.flowers,
        "first_divergence": asdict(found) if found else None,
    }
    return json.dumps(finite(report), indent=1, allow_nan=False) + "\n"


def finite(value: Any) -> Any:
    """Replace floats that JSON has no notation for by their names."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
