"""A page from its settings to its file; beside a report, or by itself."""

from collections import deque
from pathlib import Path

from compare.gates.material import LEARNING_RATE, Material, Settings
from compare.gates.trajectory import Training
from compare.page.assemble import assembled
from compare.page.contents import DTYPE, contents
from compare.proof import Proof, prove
from compare.report.files import write
from compare.scenario import TrainingSettings


class PageMaterial(Material):
    """The material of a proof whose long training has another learning rate."""

    lr = LEARNING_RATE

    def long_training(self, dtype: str) -> Training:
        """Return the training of all epochs."""
        return Training(self.scenario(dtype), TrainingSettings(self.settings.epochs, self.lr))


def build(settings: Settings, lr: float, path: Path) -> None:
    """Prove, train, and write the page by itself.

    Raises:
        OSError: the file can't be written.
    """
    material = PageMaterial(settings)
    material.lr = lr
    proof = Proof(material)
    deque(prove(proof), maxlen=0)
    write(path, assembled(contents(material, lr=lr, proof=proof)))


def write_beside(proof: Proof, folder: Path, report: str) -> str:
    """Write the page of a proof's two packages beside its report; return its name, or "" if none can be made.

    A package that can't train to its end has no page: the report says why.
    """
    if DTYPE not in proof.material.datasets or not proof.finished():
        return ""
    package = proof.package
    write(folder / "page.html", assembled(contents(proof.material, package, proof=proof, report=report)))
    return "page.html"
