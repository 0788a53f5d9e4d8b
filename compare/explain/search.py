"""The search: which small edit of the correct code does, in every array, what a learner's package does?

Every edit of every function that leads to the first array that differs is run in the gate where it differs,
and its run ends where it departs from the learner's. What follows to the end is run in all other gates. The
usual edits come first, class by class; the search ends with the class in which one is found.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from compare.bugs.calls import WATCHED
from compare.bugs.lab import Lab, Name, Observation
from compare.bugs.matching import ORDER
from compare.explain.candidates import GUARDS, Candidate, Candidates
from compare.explain.evidence import FEW, Evidence
from compare.explain.replay import Play, Progress, plays

# edits by their least and their largest cost: usual, less usual, rare
USUAL, LESS, RARE = CLASSES = (0, 12), (12, 17), (17, 99)
# fresh numbers, which the steps' gates replace by given ones
DRAWS = (
    "init.",
    "linear.Linear.__init__",
    "mlp.MLP.__init__",
    "mlp.MLP.load_state_dict",
    "mlp.MLP.state_dict",
)

# where a mistake stands that shows nowhere else: by the gate, or by what its run's name ends with
ALONE = {
    "training": ("training.", "data."),
    "data": ("data.",),
    "predictions": ("inference.", "cross_entropy.softmax"),
    "same seed": ("init.", "linear.Linear.__init__", "mlp.MLP.__init__"),
}


def among(gate: str, name: Name) -> bool:
    """Return whether an array belongs to a gate, or to a run of that kind."""
    return name.gate in (gate, "structure") or name.run.endswith(gate)


@dataclass(frozen=True)
class Found:
    """A candidate that does what the learner's package does.

    Attributes:
        candidate: The candidate.
        distance: How many functions its own stands before the first array that differs.
        parted: The runs in which NaN or infinity parts the two, and nothing else does.
    """

    candidate: Candidate
    distance: int
    parted: tuple[Play, ...] = ()

    @property
    def rank(self) -> tuple[int, int, int]:
        """The lower, the better an explanation."""
        return len(self.parted), self.candidate.cost, self.distance


@dataclass
class Search:
    """A search for one package.

    Attributes:
        found: What the package did.
        names: The arrays in which it is not numpy_mlp.
        lab: What numpy_mlp did.
        candidates: All edits.
        seconds: When to stop, in seconds of the processor.
        stopped: Whether that was too early.
        tried: How far each edit came in the first run, and its distance.
        paired: To which edits a second one of a class has been looked for, by the class's least cost.
        on_try: What is called at each edit: a bar.
    """

    found: Observation
    names: Sequence[Name]
    lab: Lab
    candidates: Candidates
    seconds: float = np.inf
    stopped: bool = field(default=False, init=False)
    tried: list[tuple[Candidate, Progress, int]] = field(default_factory=list, init=False)
    paired: set[tuple[Candidate, int]] = field(default_factory=set, init=False)
    on_try: Callable[[], object] = field(default_factory=lambda: lambda: None, init=False)

    def __post_init__(self) -> None:
        """Choose the runs: texts count only where nothing else differs, errors where every array is right."""
        self.bench = self.candidates.bench
        self.evidence = Evidence(self.found, self.names, self.lab)
        self.bench.guards(self.evidence.of_guards() or not self.evidence.of_other_shapes())
        self.start = time.process_time()
        form = self.evidence.of_form
        found = plays(self.found, self.lab, failures=self.evidence.of_errors)
        self.plays = [play for play in found if form or play.gate.context.gate != "structure"]

    def first(self) -> Play | None:
        """Return the run in which to look first: where the first array differs that came, in float64."""
        right = self.lab.healthy.arrays
        if self.evidence.of_errors:
            return next((play for play in self.plays if play.failure), None)
        came = [n for n in self.names if n in self.found.arrays and n in right and n not in self.lab.form]
        if not came:
            return None
        same = [n for n in came if ORDER[n.gate] == ORDER[came[0].gate] and n.run == came[0].run]
        name = max(same, key=lambda n: n.dtype)  # "float64" is the last
        return next((play for play in self.plays if name in play.theirs), None)

    def called(self, play: Play, texts: dict[str, str] | None = None, *, building: bool = False) -> list[str]:
        """Return the functions that lead to where a run departs from the learner's, the nearest first.

        Args:
            play: The run.
            texts: Other texts of functions.
            building: Whether those that build the network are wanted, or all others; of a run that draws
                its own weights always all.
        """
        with self.bench.with_texts(texts or {}) as package:
            places = self.bench.called(lambda ended: play.follow(package, ended))
        # what the structure alone shows may stand anywhere
        alone = "" if self.evidence.of_form else next(
            (where for gates, where in ALONE.items() if all(among(gates, n) for n in self.names)), ""
        )  # fmt: skip
        return [
            at for at in places
            if (at.startswith(alone) if alone else not play.scenario or at.startswith(DRAWS) == building)
        ]  # fmt: skip

    def singles(self, play: Play, least: int, most: int, *, building: bool = False) -> list[Found]:
        """Return the edits of a class that explain the package; those of numpy_mlp's own text come first."""
        places = self.called(play, building=building)
        own = (
            (candidate, distance)
            for distance, at in enumerate(places)
            for candidate in self.candidates.of_function(at)
            if least < candidate.cost <= most
        )
        rewritten = (
            (candidate, places.index(candidate.places[0]))
            for candidate in self.candidates.of_rewrites(places)
            if least < candidate.edits[0][1].cost <= most
        )
        # what keeps a logarithm finite belongs to the slips in which learners take one
        slips = (
            (candidate, places.index(candidate.edits[0][0]))
            for candidate in self.candidates.of_slips(places)
            if least
            < (LESS[1] if candidate.edits[0][1].kind in GUARDS else candidate.edits[0][1].cost)
            <= most
        )
        for stream in (own, rewritten, slips):
            if found := self.confirmed(sorted(stream, key=lambda one: (one[1], one[0].cost)), play):
                return found
        return []

    def known(self, play: Play) -> list[Found]:
        """Return the known bugs that explain the package, those in what builds the network, too."""
        places = [*self.called(play), *self.called(play, building=True)]
        return self.confirmed(((bug, 0) for bug in self.candidates.of_bugs(places)), play)

    def confirmed(self, stream: Iterable[tuple[Candidate, int]], play: Play) -> list[Found]:
        """Run candidates in the first run, and return those that do the same in all others too."""
        found: list[Found] = []
        for candidate, distance in stream:
            if self.late():
                break
            # what is further fetched than an edit that explains everything is no rival
            if any(one.candidate.cost < candidate.cost and not one.parted for one in found):
                continue
            self.on_try()
            progress = self.follow(candidate, play)
            if len(candidate.edits) + len(candidate.bugs) == 1:
                self.tried.append((candidate, progress, distance))
            if progress.whole and (parted := self.everywhere(candidate)) is not None:
                found.append(Found(candidate, distance, tuple(parted)))
        return sorted(found, key=lambda one: one.rank)

    def follow(self, candidate: Candidate, play: Play) -> Progress:
        """Return how far a candidate does in a run what the learner's package does."""
        given = play.gate.context.gate not in ("same seed", "structure")
        given = given and not any(at.startswith(DRAWS) for at in candidate.texts)
        self.bench.draws(not given)
        try:
            with self.bench.with_texts(candidate.texts) as package:
                return play.follow(package)
        except SyntaxError:  # two edits together need not be Python
            return Progress(-1, False)

    def everywhere(self, candidate: Candidate) -> list[Play] | None:
        """Return the runs in which NaN parts a candidate and the learner's package; None if more does."""
        parted = []
        for play in self.plays:
            progress = self.follow(candidate, play)
            if not progress.whole:
                if not progress.overflow:
                    return None
                parted.append(play)
        if len(parted) > len(self.plays) * FEW:
            return None
        return None if self.contradicted(candidate) else parted

    def contradicted(self, candidate: Candidate) -> bool:
        """Return whether a candidate's ``train`` makes other calls than the learner's was seen to make."""
        if "training.train" not in candidate.texts:
            return False
        with self.bench.with_texts(candidate.texts) as package:
            calls = self.lab.calls(package)
        right, theirs = self.lab.healthy.calls, self.found.calls
        other = [call for call in WATCHED.values() if calls.count(call) != right.count(call)]
        if other:
            return any(calls.count(call) != theirs.count(call) for call in other)
        return calls not in (right, theirs)

    def with_its_calls(self, found: list[Found]) -> list[Found]:
        """Return those whose ``train`` makes the calls that the learner's makes, if there are any."""
        if self.found.calls == self.lab.healthy.calls or len(found) < 2:
            return found
        alike = []
        for one in found:
            with self.bench.with_texts(one.candidate.texts) as package:
                if self.lab.calls(package) == self.found.calls:
                    alike.append(one)
        return alike or found

    def late(self) -> bool:
        """Return whether the time is over."""
        self.stopped = self.stopped or time.process_time() - self.start > self.seconds
        return self.stopped
