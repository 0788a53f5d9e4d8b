"""Copies of numpy_mlp: a change to one is a change to that one alone."""

import sys

import pytest

import numpy_mlp
from compare.bugs.bug import plant
from compare.bugs.catalogue import bug_named
from compare.bugs.copies import copy_of_numpy_mlp, replace


def test_copy_has_its_own_lesson_and_the_same_shared_modules():
    before = dict(sys.modules)
    package = copy_of_numpy_mlp()
    assert sys.modules == before
    assert package is not numpy_mlp
    assert package.linear.Linear is not numpy_mlp.Linear
    assert package.MLP is package.mlp.MLP
    assert package.shared is numpy_mlp.shared
    assert package.training.History is numpy_mlp.training.History


def test_planting_leaves_numpy_mlp_alone():
    before = numpy_mlp.Linear.forward
    package = plant(bug_named("bias-left-out"))
    assert numpy_mlp.Linear.forward is before
    assert package.Linear.forward is not before


def test_function_is_replaced_wherever_the_package_refers_to_it():
    package = copy_of_numpy_mlp()

    def accuracy(model, x, y):
        return 1.0

    replace(package, "inference.accuracy", accuracy)
    assert package.accuracy is package.inference.accuracy is accuracy
    replace(package, "data.batches", accuracy)
    assert package.training.batches is accuracy
    assert numpy_mlp.training.batches is numpy_mlp.data.batches


def test_unknown_target_is_an_error():
    with pytest.raises(AttributeError):
        replace(copy_of_numpy_mlp(), "linear.Linear.forwards", print)
