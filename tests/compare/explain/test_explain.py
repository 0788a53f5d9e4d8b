"""Mistakes that no catalogue holds, as learners write them, and the edit that has the same numbers."""

import cProfile
import random
import sys

import numpy as np
import pytest

from compare.bugs.bug import Bug, plant
from compare.bugs.copies import copy_of_numpy_mlp
from compare.bugs.copies import replace as put
from compare.bugs.diagnosis import diagnose
from compare.bugs.matching import differences
from compare.bugs.patch import Patch
from compare.explain.candidates import SLIPS
from compare.explain.evidence import GUARDED
from compare.explain.explain import all_candidates
from compare.explain.pairs import departure, of_both
from compare.explain.replay import overflows, plays
from compare.explain.search import Found, Search
from compare.explain.telling import explanation
from numpy_mlp.inference import predict
from numpy_mlp.shared.history import History

LINEAR = ("linear.Linear.forward", "linear.Linear.backward")
LOG_SOFTMAX, STEP, TRAIN = "cross_entropy.log_softmax", "sgd.SGD.step", "training.train"
LOSS_BACKWARD, BATCHES = "cross_entropy.CrossEntropyLoss.backward", "data.batches"


def softmax_by_pythons_sum(logits):
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.log(e / sum(e))


def softmax_over_samples_in_one_line(logits):
    e = np.exp(logits)
    return np.log(e / e.sum(axis=0))


def softmax_over_everything(logits):
    e = np.exp(logits - logits.max())
    return np.log(e / e.sum())


def linear(bias_gradient):
    """Return a layer with its own attribute, whose bias gradient is computed in some way."""

    def forward(self, x):
        self.inputs = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, grad, *, needs_input_grad=True):
        weight_gradient = grad.T @ self.inputs
        self.weight.accumulate(weight_gradient)
        self.bias.accumulate(bias_gradient(grad, weight_gradient))
        return grad @ self.weight.data if needs_input_grad else None

    return forward, backward


def step(*, decay=1, first=lambda g, lr: lr * g, look_ahead=True, moves=lambda param: True):
    """Return a step with lr inside the velocity."""

    def stepping(self):
        lr, mu, tau = self.lr, self.momentum, self.dampening
        for i, param in enumerate(self.params):
            if param.grad is None:
                continue
            g = -param.grad if self.maximize else param.grad
            g = g + decay * self.weight_decay * param.data
            move = lr * g
            if mu:
                v = self.velocities[i]
                v = first(g, lr) if v is None else mu * v + (1 - tau) * lr * g
                self.velocities[i] = v
                move = lr * g + mu * v if self.nesterov and look_ahead else v
            if moves(param):
                param.data -= move

    return stepping


def loss_backward(gradient, mean=np.divide):
    """Return the loss's backward with some gradient, out of p and the labels."""

    def backward(self):
        log_p, labels = self.saved
        grad = gradient(np.exp(log_p), np.eye(log_p.shape[1], dtype=log_p.dtype)[labels])
        return mean(grad, len(labels)) if self.reduction == "mean" else grad

    return backward


def train(package, calls):
    """Return a training that makes calls in some order."""

    def training(
        model, optimizer, x, y, *, epochs=1, batch_size=None, seed=42, snapshot_every=1, progress="off"
    ):
        criterion, history = package.CrossEntropyLoss(), History()
        rng, losses = np.random.default_rng(seed), np.zeros(epochs, x.dtype)
        with history.recording(model, losses, snapshot_every, "NumPy", progress) as bar:
            for epoch in bar:
                for samples, labels in package.data.batches(x, y, batch_size, rng):
                    loss = criterion(model(samples), labels)
                    for call in calls.split():
                        if call == "zero":
                            optimizer.zero_grad()
                        if call == "backward":
                            model.backward(criterion.backward())
                        if call == "step":
                            optimizer.step()
                    losses[epoch] += loss * len(samples) / len(x)
        return history

    return training


def nan_loss(self, logits, labels):
    log_p = logits - np.log(np.exp(logits - logits.max()).sum(axis=1, keepdims=True)) - logits.max()
    self.saved = (log_p, labels)
    return log_p.dtype.type(np.nan)


def batches_after(shuffle):
    """Return a ``batches`` that cuts up x and y in the order in which a function leaves them."""

    def batches(x, y, batch_size, rng):
        if batch_size is not None:
            x, y = shuffle(x, y, rng)
        for start in range(0, len(x), batch_size or len(x)):
            yield x[start : start + (batch_size or len(x))], y[start : start + (batch_size or len(x))]

    return batches


def samples_shuffled(shuffle):
    """Return a function that lets another one shuffle the samples in place, and no labels."""
    return lambda x, y, rng: (shuffle(x), (x, y))[1]


def shuffled_beside_their_labels(x, y, rng):
    rows = np.hstack([x, y[:, None]])
    random.shuffle(rows)
    return rows[:, :-1].astype(x.dtype), rows[:, -1].astype(y.dtype)


def shuffled_lists(x, y, rng):
    order = list(range(len(x)))
    random.shuffle(order)
    return x[order], y[order]


def permuted_by_np_random(x, y, rng):
    order = np.random.permutation(len(x))  # noqa: NPY002 - as learners write it
    return x[order], y[order]


def package_with(functions):
    package = copy_of_numpy_mlp()
    for target, function in functions.items():
        put(package, target, function)
    return package


def layer(bias_gradient):
    return dict(zip(LINEAR, linear(bias_gradient), strict=True))


ONE_EDIT = {
    "softmax by Python's sum": ({LOG_SOFTMAX: softmax_by_pythons_sum}, ".sum(axis=0, keepdims=True)"),
    "softmax over everything": ({LOG_SOFTMAX: softmax_over_everything}, "np.log(np.exp(shifted).sum())"),
    "biases never move": ({STEP: step(moves=lambda p: p.data.ndim > 1)}, "if param.data.ndim > 1:"),
    "row sums of dW": (
        {**layer(lambda g, weight: weight.sum(axis=1))},
        "(grad_output.T @ self.x).sum(axis=1)",
    ),
    "decay with a minus": ({STEP: step(decay=-1)}, "update - self.weight_decay * param.data"),
    "decay ignored": ({STEP: step(decay=0)}, "update = update + self.weight_decay * param.data"),
    "first velocity without lr": ({STEP: step(first=lambda g, lr: g.copy())}, "update.copy() / self.lr"),
    "jacobian's diagonal": ({LOSS_BACKWARD: loss_backward(lambda p, t: -t * (1 - p))}, "(grad_p * p)"),
    "floor division": (
        {LOSS_BACKWARD: loss_backward(lambda p, t: p - t, np.floor_divide)},
        " // len(labels)",
    ),
}


KEPT_BY_SHAPE = (
    "velocity = self.velocities[i]", "velocity = self.__dict__.setdefault('kept', {}).get(param.shape)",
    "self.velocities[i] = velocity", "self.kept[param.shape] = velocity",
)  # fmt: skip
EPOCH_LOSS = "losses[epoch] += loss * (len(x_batch) / len(x))"
# one line of the lesson written otherwise: the function, the line before and after; then what is told of it
ONE_LINE = {
    "bias gradient over the wrong axis": (
        ("linear.Linear.backward", "grad_output.sum(axis=0)", "grad_output.sum(axis=1)"),
        "self.bias.accumulate(grad_output.sum(axis=1))",
    ),
    "weights from N(0, 1)": (
        (
            "linear.Linear.__init__",
            "init.uniform(rng, init.weight_bound(in_features), (out_features, in_features))",
            "rng.standard_normal((out_features, in_features))",
        ),
        "weight = rng.randn(*(out_features, in_features))",
    ),
    "the epoch's loss divided by N again": (
        (TRAIN, EPOCH_LOSS, f"{EPOCH_LOSS} / len(x)"),
        "losses[epoch] += loss * (len(x_batch) / len(x) / len(x))",
    ),
    "the epoch's loss without its batches' sizes": (
        (TRAIN, EPOCH_LOSS, "losses[epoch] += loss / len(x)"),
        "losses[epoch] += loss * (1 / len(x))",
    ),
    "velocities by shape": (
        (STEP, *KEPT_BY_SHAPE), "two parameters of one shape share a velocity",
    ),
    "the same order in every epoch": (
        (TRAIN, "for x_batch, y", "rng = np.random.default_rng(seed)\n            for x_batch, y"),
        "    rng = np.random.default_rng(seed)\n                    for x_batch, y_batch",
    ),
    "samples drawn with replacement": (
        ("data.batch_indices", "rng.permutation(samples)", "rng.choice(samples, size=samples)"),
        "order = rng.integers(0, samples, samples)",
    ),
    "a sigmoid for the ReLU": (
        (
            "relu.ReLU.forward", "x > 0 if", "1 / (2 + np.exp(x) + np.exp(-x)) if",
            "np.maximum(x, 0)", "1 / (1 + np.exp(-x))",
        ),
        "return (1 / (1 + np.exp(-x)))",
    ),
    "squared error for cross-entropy": (
        (
            "cross_entropy.CrossEntropyLoss.forward", "-log_p[np.arange(len(labels)), labels].sum()",
            "np.square(np.exp(log_p) - np.eye(log_p.shape[1], dtype=log_p.dtype)[labels]).sum()",
        ),
        "((np.exp(log_p) - onehot) ** 2).sum()",
    ),
    "the maximum of the whole batch, which shows in what overflows alone": (
        (
            "cross_entropy.log_softmax",
            "logits.max(axis=1, keepdims=True)", "logits.max()",
            "log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
            "p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)",
            "return shifted - log_sum", "return np.log(p)",
        ),
        "e = np.exp(logits - logits.max())",
    ),
    "gradients divided by N in the layer": (
        (
            "linear.Linear.backward", "grad_output.T @ self.x", "grad_output.T @ self.x / self.x.shape[0]",
            "grad_output.sum(axis=0)", "grad_output.sum(axis=0) / self.x.shape[0]",
        ),
        "self.bias.accumulate(grad_output.sum(axis=0) / len(self.x))",
    ),
    "gradients assigned": (
        (
            "linear.Linear.backward", "self.weight.accumulate(grad_output.T @ self.x)",
            "self.weight.grad = grad_output.T @ self.x",
            "self.bias.accumulate(grad_output.sum(axis=0))", "self.bias.grad = np.sum(grad_output, axis=0)",
        ),
        "self.bias.grad = grad_output.sum(axis=0)",
    ),
    "an update before the way back": (
        (
            "linear.Linear.backward", "return grad_output @ self.weight.data",
            "self.weight.data -= 0.1 * self.weight.grad\n        return grad_output @ self.weight.data",
        ),
        "self.weight.data -= 0.1 * self.weight.grad\n",
    ),
    "each batch drawn anew": (
        (
            "data.batch_indices", "yield order[start : start + batch_size]",
            "yield rng.choice(samples, size=min(batch_size, samples), replace=False)",
            "order = rng.permutation(samples)", "pass",
        ),
        "yield rng.choice(samples, size=min(batch_size, samples), replace=False)",
    ),
    "a bias gradient of another shape, of which an error tells": (
        ("linear.Linear.backward", "grad_output.sum(axis=0)", "np.sum(grad_output, axis=0, keepdims=True)"),
        "self.bias.accumulate(grad_output.sum(axis=0, keepdims=True))",
    ),
    "a split that is unpacked in another order, of which an error tells": (
        ("data.load_dataset", "x_train, x_test, y_train, y_test =", "x_train, y_train, x_test, y_test ="),
        "x_train, y_train, x_test, y_test = train_test_split(",
    ),
    "the largest of each column, which the next layer refuses": (
        ("relu.ReLU.forward", "np.maximum(x, 0)", "x.max(axis=0)"), "return np.max(x, 0)",
    ),
    "samples read by columns": (
        (
            "linear.Linear.forward", "self.x = x", "x = x.reshape(x.shape[1], len(x)).T\n        self.x = x",
        ),
        "y = x.reshape(x.shape[::-1]).T @ weight.T",
    ),
    "one input left out": (
        (
            "linear.Linear.forward", "x @ weight.T",
            "sum(x[:, i, None] * weight[:, i] for i in range(len(weight.T) - 1))",
        ),
        "y = x[:, :-1] @ weight[:, :-1].T",
    ),
    "the inverse of the scaling": (
        (
            "data.MinMaxScaler.transform",
            "(x - self.data_min) / np.where(span == 0, 1, span)", "self.data_min + x * span",
        ),
        "return x * np.where(span == 0, 1, span) + self.data_min",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("patched", "told"), ONE_LINE.values(), ids=ONE_LINE)
def test_mistake_of_one_line_is_told_with_that_line(patched, told, lab):
    at, *texts = patched
    patches = tuple(Patch(at, *pair) for pair in zip(texts[::2], texts[1::2], strict=True))
    found = diagnose(plant(Bug("", "", "", patches)), lab, training=at == TRAIN)
    assert found.name == "an edit"
    assert told in found.text()
    assert found.explanations[0].places == (patches[0].place,)


SHUFFLED = {
    "samples by random.shuffle": (samples_shuffled(random.shuffle), "    random.shuffle(x)\n"),
    "samples beside their labels by random.shuffle": (
        shuffled_beside_their_labels, "    random.shuffle(rows)\n",
    ),
    "samples alone by np.random": (samples_shuffled(np.random.shuffle), "    np.random.shuffle(x)\n"),
    "indices by random.shuffle": (shuffled_lists, "    random.shuffle(order)\n"),
    "another generator": (permuted_by_np_random, "order = np.random.permutation(samples)\n"),
}  # fmt: skip


@pytest.mark.parametrize(("shuffle", "told"), SHUFFLED.values(), ids=SHUFFLED)
def test_shuffling_with_a_generator_that_all_code_shares_is_told_with_its_line(shuffle, told, lab):
    before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    text = diagnose(package_with({BATCHES: batches_after(shuffle)}), lab, training=True).text()
    assert told in text
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (
            "cross_entropy.CrossEntropyLoss.forward",
            "p = np.clip(np.exp(log_p), 1e-7, 1 - 1e-7)\n        onehot",
        ),
        (STEP, "velocity = self.momentum * velocity + ((1 - self.momentum) * (1 - self.momentum) * update)"),
        ("linear.Linear.backward", "self.bias.grad = grad_output\n"),
    ],
    ids=["a guard of its logarithm", "an edit of one that is a form", "a form of the layer"],
)
def test_slip_may_have_a_second_one(at, line):
    found = [one for one in all_candidates().of_slips([at]) if line in one.texts[at]]
    assert found
    assert line.partition("\n")[0] in explanation([Found(found[0], 0)]).text()


def test_rows_that_come_twice_are_told_with_what_makes_them(lab):
    batches = batches_after(samples_shuffled(random.Random(7).shuffle))  # no run of it can be made again
    text = diagnose(package_with({BATCHES: batches}), lab, seconds=1).text()
    assert "different rows are missing; others come more often" in text
    assert "after random.shuffle on an array" in text


@pytest.mark.slow
@pytest.mark.parametrize(("functions", "edited"), ONE_EDIT.values(), ids=ONE_EDIT)
def test_mistake_of_one_place_is_told_with_its_line(functions, edited, lab):
    found = diagnose(package_with(functions), lab)
    assert found.name == "an edit"
    (explanation,) = found.explanations
    assert not found.bugs
    assert edited in found.text()
    assert explanation.places[0][1] == next(reversed(functions)).partition(".")[2]


TRAININGS = {
    "step left out": ("zero backward", "optimizer.step()", "(nothing)"),
    "backward left out": ("zero step", "model.backward(criterion.backward())", "(nothing)"),
    "two steps": ("zero backward step step", "optimizer.step()", "optimizer.step()\noptimizer.step()"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("calls", "right", "wrong"), TRAININGS.values(), ids=TRAININGS)
def test_call_of_the_training_is_named_not_what_has_its_numbers(calls, right, wrong, lab):
    package = copy_of_numpy_mlp()
    put(package, TRAIN, train(package, calls))
    found = diagnose(package, lab, training=True)
    assert found.name == "an edit"
    (edit,) = found.explanations[0].edits
    assert (edit.right, edit.wrong) == (right, wrong)
    assert not found.explanations[0].rivals


def test_training_without_zero_grad_has_the_catalogues_name(lab):
    package = copy_of_numpy_mlp()
    put(package, TRAIN, train(package, "backward step"))
    found = diagnose(package, lab, training=True)
    assert found.name == "zero-grad-forgotten"
    assert "optimizer.zero_grad()" in found.text()


@pytest.mark.slow
def test_zero_grad_between_backward_and_step_is_an_order_not_a_missing_call(lab):
    package = copy_of_numpy_mlp()
    put(package, TRAIN, train(package, "backward zero step"))
    (explanation,) = diagnose(package, lab, training=True).explanations
    (edit,) = explanation.edits
    assert edit.wrong.index("model.backward") < edit.wrong.index("optimizer.zero_grad")
    assert edit.right.index("model.backward") > edit.right.index("optimizer.zero_grad")


def test_layer_with_its_own_attribute_has_the_catalogues_name(lab):
    found = diagnose(package_with(layer(lambda g, _: np.mean(g, 0))), lab)
    assert found.name == "bias-gradient-averaged"


def test_form_that_overflows_has_the_name_of_what_it_is_elsewhere(lab):
    found = diagnose(package_with({LOG_SOFTMAX: softmax_over_samples_in_one_line}), lab)
    assert found.name == "softmax-over-samples"
    assert "everywhere but in 'logits of +-1000'" in found.text()


@pytest.mark.slow
def test_two_mistakes_at_once_are_told_both(lab):
    functions = {**layer(lambda g, _: np.mean(g, 0)), STEP: step(look_ahead=False)}
    found = diagnose(package_with(functions), lab)
    assert found.explanations[0].name == "bias-gradient-averaged and nesterov-ignored"
    assert found.explanations[0].places == (
        ("numpy_mlp/linear.py", "Linear.backward"), ("numpy_mlp/sgd.py", "SGD.step"),
    )  # fmt: skip


def test_hints_say_more_and_more(lab):
    found = diagnose(package_with(layer(lambda g, _: np.mean(g, 0))), lab)
    question, place, line = (found.text(hint) for hint in ("question", "place", "line"))
    assert "And the bias gradient?" in question
    assert "linear.py" not in question
    assert "Linear.backward in numpy_mlp/linear.py" in place
    assert "mean" not in place
    assert "grad_output.mean(axis=0)" in line
    with pytest.raises(ValueError, match="expected a hint out of question, place, line"):
        found.text("more")


def test_search_that_has_no_time_says_so(lab):
    found = diagnose(package_with({STEP: step(decay=-1)}), lab, seconds=0)
    assert (found.name, found.stopped) == ("unknown", True)
    assert "as far as there was time to try" in found.text()


def test_search_runs_under_a_profiler_and_leaves_it_running(lab):
    package = package_with({LOG_SOFTMAX: softmax_over_everything})
    with cProfile.Profile():
        before = sys.getprofile()
        found = diagnose(package, lab)
        after = sys.getprofile()
    assert found.name == "an edit"
    assert after is before


def test_search_leaves_numpy_mlp_as_it_was(lab):
    diagnose(package_with({STEP: step(decay=-1)}), lab)
    assert diagnose(copy_of_numpy_mlp(), lab).correct


@pytest.mark.parametrize(
    ("one", "other", "parts"),
    [
        (1.0, 2.0, False), (np.inf, np.inf, False), (np.nan, np.nan, False),
        (1.0, np.nan, True), (np.inf, np.nan, True), (np.inf, -np.inf, True),
    ],
)  # fmt: skip
def test_overflow_is_a_difference_in_what_is_a_number_or_nan_or_infinity(one, other, parts):
    assert overflows(np.array([0, one]), np.array([0, other])) is parts
    assert overflows(np.array([0, other]), np.array([0, one])) is parts


def test_a_few_labels_and_counts_are_no_evidence_for_a_far_fetched_edit(lab):
    share_of_class_1 = {"inference.accuracy": lambda model, x, y: float((predict(model, x) == 1).mean())}
    found = diagnose(package_with(share_of_class_1), lab)
    assert found.name == "unknown"
    assert not found.stopped


def test_nan_in_every_run_is_no_evidence_for_one_edit(lab):
    found = diagnose(package_with({"cross_entropy.CrossEntropyLoss.forward": nan_loss}), lab)
    assert found.name == "unknown"
    assert not found.stopped


def failing(text):
    def backward(self, grad_output, *, needs_input_grad=True):
        raise ValueError(text)

    return package_with({"linear.Linear.backward": backward})


def test_error_is_evidence_only_where_it_is_the_same(lab):
    found = lab.observe(failing("this"))
    for counts in (True, False):
        runs = plays(found, lab, failures=counts)
        play = next(run for run in runs if run.key == ("fresh", "float64") and run.scenario)
        assert play.failure == ("ValueError: this" if counts else "")
        assert play.follow(failing("this")).whole
        assert play.follow(failing("that")).whole is not counts


def test_known_slip_is_put_into_a_function_that_has_an_edit_unless_both_change_the_same():
    candidates = all_candidates()
    slip = next(one for one in candidates.of_bugs([TRAIN]) if "losses[epoch] = loss" in str(one.texts))
    edits = candidates.of_function(TRAIN)
    elsewhere = next(one for one in edits if "optimizer.zero_grad()" not in one.texts[TRAIN])
    both = of_both(elsewhere, slip)[TRAIN]
    assert "losses[epoch] = loss\n" in both
    assert "optimizer.zero_grad()" not in both
    same = next(
        one for one in edits if "losses[epoch] += loss * (len(x_batch) / len(x))" not in one.texts[TRAIN]
    )
    assert of_both(same, slip) is None


@pytest.mark.parametrize("words", GUARDED)
def test_errors_of_the_guards_begin_as_the_search_expects(words):
    assert any(f'Error(f"{words}' in text for text in all_candidates().bench.guarded.values())


def test_error_alone_asks_for_no_second_edit(lab):
    def of_matrices(self, x):
        if x.ndim != 2:
            raise ValueError("no matrix")
        self.x = x
        return x @ self.weight.data.T + self.bias.data

    def largest_of_each_column(self, x):
        self.mask = x > 0
        return x.max(axis=0)

    package = package_with({LINEAR[0]: of_matrices, "relu.ReLU.forward": largest_of_each_column})
    found = lab.observe(package)
    search = Search(found, differences(found, lab), lab, all_candidates())
    (start,) = (one for one in all_candidates().of_bugs(["relu.ReLU.forward"]) if "np.max(" in str(one.texts))
    play = search.first()
    assert search.follow(start, play).arrays == len(play.theirs)
    assert departure(search, start) is None


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_every_slip_is_seen(slip, lab):
    # where it stands, it makes other numbers or an error: else it could explain nothing
    assert differences(lab.observe(plant(slip)), lab)
