"""A proof as text for people: the table as it grows, where the sides part, and the verdict."""

import os
from typing import TextIO

from compare.checks import Check, first_divergence
from compare.proof import Proof
from compare.report.environment import environment
from compare.report.verdict import agrees, budget_part, findings, gate_verdicts, outcome, places, verdict

# widths of the table: a gate's number and name; verdict, "152 of 163 fail", "x 3.03e+16"
GATE, WORD, COUNT, USED = 15, 8, 17, 11
COLUMN = WORD + COUNT + USED + 4
GREEN, RED, PLAIN = "\033[32m", "\033[31m", "\033[0m"


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Colour a text if it goes to a terminal, and never with NO_COLOR set."""
    return f"{colour}{text}{PLAIN}" if stream.isatty() and not os.environ.get("NO_COLOR") else text


def heading(proof: Proof) -> str:
    """Return what is compared, where, and the head of the table."""
    material, settings = proof.material, proof.material.settings
    machine = environment(settings.devices)
    sizes = " -> ".join(map(str, material.sizes))
    parameters = sum(weight.size for weight in material.fresh.values())
    columns = [f"{dtype} {device}" if settings.devices[1:] else dtype for dtype, device in places(proof)]
    return (
        f"{sizes} on {settings.dataset}, {parameters} parameters, seed {settings.seed}, "
        f"initial weights {material.weights_hash[:12]}\n"
        f"NumPy {machine['numpy']} ({machine['blas']}, {machine['blas_threads']} threads), "
        f"PyTorch {machine['torch']} on {', '.join(machine['devices'])} "
        f"({machine['torch_threads']} threads){how_torch_trains(proof)}\n\n"
        + f"{'gate':<{GATE}}{''.join(f'{column:<{COLUMN}}' for column in columns)}".rstrip()
    )


def how_torch_trains(proof: Proof) -> str:
    """Return in which mode or how many processes PyTorch trains, if that is not the usual way."""
    settings = proof.material.settings
    mode = f", trained in mode {settings.mode}" if settings.mode != "eager" else ""
    return mode + (f", trained by {settings.workers} workers" if settings.workers > 1 else "")


def gate_line(number: int, gate: str, proof: Proof, stream: TextIO) -> str:
    """Return a gate's verdicts: how many checks, and the largest part of a budget that one used."""
    line = f"{f'{number} {gate}':<{GATE}}"
    for found in gate_verdicts(gate, proof):
        word = painted(f"{found.word:<{WORD}}", RED if found.word.isupper() else GREEN, stream)
        line += f"{word} {found.count:>{COUNT}} {found.used:>{USED}}  "
    return line.rstrip()


def check_line(check: Check) -> str:
    """Return one check in one line, for ``-v``."""
    where = f"{check.gate:<11} {check.dtype} {check.device:<6} {check.scenario:<19} {check.tensor:<36} "
    where += check.status
    left, right = check.sides
    if check.max_abs is None:
        return where if check.passed else f"{where}  {left}: {check.numpy!r}, {right}: {check.torch!r}"
    closer = f", nearer to float64: {check.closer}" if check.closer else ""
    return (
        f"{where}  {check.shape}  {left} and {right} max {check.max_abs:.2e} apart, {check.max_ulp:.3g} ulp, "
        f"{budget_part(check.budget_used)} of the budget{closer}"
    )


def divergence(check: Check) -> str:
    """Return where the two sides part first, and how."""
    epoch = f", epoch {check.epoch:,}" if check.epoch is not None else ""
    shape = f", shape {check.shape}" if check.shape else ""
    where = f"gate {check.gate}, scenario {check.scenario}{epoch}, {check.dtype}, {check.device}"
    head = "first to differ in form, which changes no number:" if check.form else "first to disagree:"
    lines = [head, f"  array     {check.tensor}{shape}", f"  where     {where}"]
    lines += [f"  formula   {check.formula}"] if check.formula else []
    left, right = (f"{side:<9}" if len(side) < 9 else f"{side}:" for side in check.sides)
    if check.max_abs is None:
        return "\n".join([*lines, f"  {left} {check.numpy}", f"  {right} {check.torch}"])
    index = list(check.worst_index or ())[check.epoch is not None :]
    lines += [f"  at        {index}"] if index else []
    lines += [
        f"  {left} {check.numpy!r}", f"  {right} {check.torch!r}",
        f"  distance  {abs(check.numpy - check.torch):.3e}, {budget_part(check.budget_used)} of the budget; "
        f"the largest is {check.max_abs:.3e}, {check.max_ulp:.3g} ulp",
    ]  # fmt: skip
    if check.update_ratio is not None:
        lines.append(f"  update    x {check.update_ratio + 0.0:.6g} of the exact one")
    lines += [f"  nearer    to the float64 value: {check.closer}"] if check.closer else []
    return "\n".join(lines)


def closing(proof: Proof, stream: TextIO) -> str:
    """Return what the table can't show, and the verdict."""
    found = first_divergence(proof.checks)
    lines = ["", *noted] if (noted := findings(proof)) else []
    lines += ["", divergence(found)] if found and found.form else []
    word = painted(verdict(proof).upper(), GREEN if agrees(proof) else RED, stream)
    lines += ["", f"{word}: {outcome(proof)}"]
    if proof.material.settings.precision == "tf32":
        lines.append("TF32 was requested: this run shows what it costs, and is no verdict on the libraries.")
    return "\n".join(lines)
