"""The page's arithmetic is a third implementation of the network: it is proven as the other two are."""

import numpy as np
import pytest

import numpy_mlp as nm
from compare import budget, numpy_side
from compare.bugs.bug import plant
from compare.bugs.catalogue import BUGS
from compare.checks import CheckContext, agree, first_divergence, two_sided
from compare.gate import STEP_GATES
from compare.gates.trajectory import Training
from compare.rounding import Rounding
from compare.scenario import EVERYTHING, Scenario, TrainingSettings
from compare.trace import Trace
from numpy_mlp.shared.history import History

pytestmark = pytest.mark.slow
SIZES = (4, 10, 3)
FLOWERS = [0, 7, 16, 23, 31, 42, 50, 66, 78, 90, 101, 113, 119, 120, 125, 130, 135, 140, 145, 149]

# for each snapshot: every array of a step with these flowers as its batch
STEPS = """flowers => {
  const { record, wholeStep } = page, x = flowers.map(n => record.allSamples[n]);
  const labels = flowers.map(n => record.page.labels[n]);
  return record.epochs.map((_, k) => {
    const weights = record.snapshot(k);
    const { trace, after } = wholeStep(record.sizes, weights, x, labels, { lr: 0.1, momentum: 0 });
    const named = Object.entries(after).map(([name, array]) => [`${name} after step 1`, array]);
    return { ...trace, ...Object.fromEntries(named) };
  });
}"""

# 500 epochs from a snapshot, as the button "One epoch" takes them
TRAINING = """([snapshot, lr]) => {
  page.change({ snapshot, mine: null, mistake: "", options: { lr, momentum: 0, batch: 0 } });
  const losses = [], snapshots = [structuredClone(page.record.snapshot(snapshot))];
  for (let epoch = 0; epoch < 500; epoch++) {
    losses.push(page.trainEpoch(null));
    snapshots.push(structuredClone(page.state.mine.weights));
  }
  page.change({ mine: null });
  return { losses, snapshots };
}"""

# two steps of the planted network on the training batch
PLANTED = """([name, snapshot]) => {
  const { record, rulesWith, wholeStep } = page, memory = {}, traces = [];
  let weights = record.snapshot(snapshot);
  for (let step = 0; step < 2; step++) {
    const options = { lr: 0.01, momentum: 0.9 }, { sizes, trainSamples, trainLabels } = record;
    const done = wholeStep(sizes, weights, trainSamples, trainLabels, options, rulesWith(name), memory);
    traces.push({ trace: done.trace, after: done.after });
    weights = done.after;
  }
  return traces;
}"""


def as_arrays(named):
    return {name: np.array(values, np.float64) for name, values in named.items()}


def weights_at(contents, array_of, k, library="numpy"):
    packed = contents["recorded"][library]["weights"]
    return {name: array_of(one)[k].astype(np.float64) for name, one in packed.items()}


@pytest.fixture(scope="module")
def contents(contents_of, docs_page):
    return contents_of(docs_page)


@pytest.fixture(scope="module")
def flowers(iris):
    """The 150 flowers in float64, from the float32 that both libraries are given."""
    return np.concatenate([iris.x_train, iris.x_test]).astype(np.float64)


def test_the_page_scales_the_samples_to_the_same_float32(page, iris):
    found = np.array(page.evaluate("page.record.allSamples"), np.float32)
    assert np.array_equal(found, np.concatenate([iris.x_train, iris.x_test]))


def test_every_snapshot_forwards_backwards_and_updated_lies_within_the_budget(
    page, contents, array_of, flowers, iris
):
    labels = np.concatenate([iris.y_train, iris.y_test])[FLOWERS]
    context, steps = CheckContext("page", "", "float64"), page.evaluate(STEPS, FLOWERS)
    assert len(steps) == len(contents["epochs"]) == 201
    for k, found in enumerate(steps):
        weights = weights_at(contents, array_of, k)
        run = Scenario("page", "", SIZES, weights, flowers[FLOWERS], labels, {"lr": 0.1})
        expected = numpy_side.run(run)
        ours = as_arrays({name: found[name] for name in expected})
        checks = context.compare(Trace(ours), expected, two_sided(budget.run(run)))
        assert agree(checks), f"epoch {contents['epochs'][k]}: {first_divergence(checks)}"


@pytest.mark.parametrize(("snapshot", "lr"), [(0, 0.1), (150, 0.01)])
def test_500_epochs_from_a_snapshot_are_each_a_correct_step(
    page, contents, array_of, flowers, iris, snapshot, lr
):
    found = page.evaluate(TRAINING, [snapshot, lr])
    snapshots = [as_arrays(weights) for weights in found["snapshots"]]
    history = History(np.array(found["losses"]), list(range(501)), snapshots)
    start = weights_at(contents, array_of, snapshot)
    assert all(np.array_equal(start[name], snapshots[0][name]) for name in start)
    scenario = Scenario("page", "", SIZES, start, flowers[:120], iris.y_train)
    training = Training(scenario, TrainingSettings(500, lr))
    checks = training.finished(history, CheckContext("page", "trajectory", "float64"), "page").checks()
    assert agree(checks), first_divergence(checks)


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1])
@pytest.mark.parametrize("sizes", [(4, 10, 3), (64, 32, 16, 10), (13, 3)])
def test_drawn_weights_are_the_librarys_bit_for_bit(page, sizes, seed):
    found = page.evaluate("([sizes, seed]) => page.drawnWeights(sizes, seed)", [sizes, seed])
    expected = nm.MLP(*sizes, seed=seed).state_dict()
    assert found.keys() == expected.keys()
    assert all(np.array_equal(np.array(found[name]), expected[name]) for name in expected)


def test_the_budget_of_a_logit_is_that_of_the_proof(page, contents, array_of, flowers):
    rules = Rounding.of(np.dtype("float32"))
    for k in (0, 100, 200):
        weights = weights_at(contents, array_of, k)
        exact = {name: rules.exact(array) for name, array in weights.items()}
        logits = list(budget.forward(rules, rules.exact(flowers), exact).values())[-1]
        found = page.evaluate(
            """k => {
              const { sizes, allSamples, snapshot } = page.record;
              return allSamples.map(x => page.logitBudgets(sizes, snapshot(k), x));
            }""",
            k,
        )
        allowed = np.array([[one["allowed"] for one in row] for row in found])
        np.testing.assert_allclose(allowed, rules.reach * logits.error, rtol=1e-12)
        # and both libraries' logits lie within it
        for library in ("numpy", "torch"):
            own = weights_at(contents, array_of, k, library)
            exact = {name: rules.exact(array) for name, array in own.items()}
            logits = list(budget.forward(rules, rules.exact(flowers), exact).values())[-1]
            recorded = array_of(contents["recorded"][library]["logits"])[k]
            assert (np.abs(recorded - logits.value) <= rules.reach * logits.error).all()


@pytest.fixture(scope="module")
def two_steps(contents, array_of, flowers, iris):
    """Two steps with momentum on the training batch, from a trained network's weights."""
    weights = weights_at(contents, array_of, 130)
    sgd = {"lr": 0.01, "momentum": 0.9}
    return Scenario("page", "", SIZES, weights, flowers[:120], iris.y_train, sgd, (EVERYTHING, EVERYTHING))


def as_trace(steps):
    """The page's arrays under the names of a trace."""
    found = {}
    for step, (suffix, done) in enumerate(zip(("", " (step 2)"), steps, strict=True), start=1):
        found |= {name + suffix: array for name, array in as_arrays(done["trace"]).items()}
        found |= {f"{name} after step {step}": array for name, array in as_arrays(done["after"]).items()}
    return found


def apart(found, expected):
    """The names of arrays that differ by more than float64's rounding can."""
    return {
        name for name, array in expected.items()
        if not np.allclose(found[name], array, rtol=1e-10, atol=1e-10 * np.abs(array).max())
    }  # fmt: skip


@pytest.fixture(scope="module")
def planted(two_steps):
    """The trace of each mistake of the catalogue in those two steps, by name; "" is the truth."""
    found = {bug.name: numpy_side.run(two_steps, plant(bug)) for bug in BUGS if bug.gate in STEP_GATES}
    return found | {"": numpy_side.run(two_steps)}


@pytest.fixture(scope="module")
def mistakes(page):
    return page.evaluate("Object.keys(page.mistakes)")


def test_each_mistake_of_the_page_has_the_numbers_of_the_planted_one(page, planted, mistakes):
    for name in ["", *mistakes]:
        assert apart(as_trace(page.evaluate(PLANTED, [name, 130])), planted[name]) == set(), name


def test_the_page_has_every_mistake_that_changes_a_number_of_two_steps(planted, mistakes):
    changing = {name for name, trace in planted.items() if trace.error is None and apart(trace, planted[""])}
    assert set(mistakes) == changing


def test_the_first_number_that_parts_is_the_proofs(page, planted, mistakes):
    page.evaluate("page.change({ snapshot: 130, options: { lr: 0.01, momentum: 0.9, batch: 0 } })")
    for name in mistakes:
        wrong = apart(planted[name], planted[""])
        first = next(entry for entry in planted[""] if entry in wrong)
        found = page.evaluate(
            """name => {
              page.change({ mistake: name });
              return page.firstDivergence(page.sceneOf().planted());
            }""",
            name,
        )
        step = found["step"] + 1
        suffix = f" after step {step}" if found["after"] else " (step 2)" if step == 2 else ""
        assert found["name"] + suffix == first, name
    page.evaluate("page.change({ mistake: '' })")
    assert page.problems == []
