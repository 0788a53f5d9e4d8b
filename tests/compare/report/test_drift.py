"""How far two trainings drift apart, and how far rounding alone carries one: a figure of the report."""

import numpy as np

from compare import numpy_side
from compare.gates.material import Material, Settings
from compare.gates.scenarios import random_scenario
from compare.proof import Proof, prove
from compare.report.drift import distances, drift, reordered, self_noise
from numpy_mlp.shared.history import History


def test_reordered_twin_is_the_same_network_and_comes_back():
    run = random_scenario("", "", (4, 8, 7, 3), 24).astype("float64")
    twin, back = reordered(run, np.random.default_rng(3))
    assert not np.array_equal(twin.weights["fc1.weight"], run.weights["fc1.weight"])
    model, other = (numpy_side.build(s.sizes, s.weights) for s in (run, twin))
    x = run.x[:5]
    np.testing.assert_allclose(model(x), other(x), rtol=1e-12)
    restored = back(History(np.empty(0), [0], [twin.weights])).snapshots[0]
    for name, weight in run.weights.items():
        np.testing.assert_array_equal(restored[name], weight)


def test_drift_is_the_distance_at_each_snapshot_beside_the_noise():
    proof = Proof(Material(Settings(epochs=400, dtypes=("float32",))))
    list(prove(proof))
    points = drift(proof)
    weights = [point for point in points if point.tensor == "weights"]
    assert [point.epoch for point in weights] == list(range(0, 401, 40))
    (pair,) = proof.finished().values()
    assert weights[-1].pair == distances(*(trace.history for trace in pair))["weights"][-1]
    noise = self_noise(proof, "float32")["weights"]
    assert 0 < noise[-1] < 1e-4
    assert (np.diff(noise) >= 0).all(), "the largest so far never shrinks"
    assert [point.self_noise for point in weights] == noise.tolist()
