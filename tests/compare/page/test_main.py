"""python -m compare.page, and the page beside a report."""

import json

import pytest

from compare import run
from compare.page.__main__ import main
from compare.report import files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def diverged(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "diverged.html"
    assert main(["--epochs", "20", "--lr", "10", "--hidden", "4", "3", "--out", str(path)]) == 0
    return path


def test_the_page_is_written_whole_and_its_size_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        "compare.page.build.build",
        lambda settings, lr, path: path.write_text(f"{settings.seed} {lr}", encoding="utf-8"),
    )
    assert main(["--seed", "7", "--lr", "0.5", "--out", str(tmp_path / "a.html")]) == 0
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "7 0.5"
    assert "MB" in capsys.readouterr().out


@pytest.mark.parametrize(
    "args",
    [
        ["--lr", "-1"],
        ["--lr", "fast"],
        ["--epochs", "0"],
        ["--out", "/no/such/place/p.html"],
        ["--label", "species"],
        ["--dataset", "no.csv"],
        ["--dataset", "roses"],
        ["--hidden", "0"],
    ],
)
def test_wrong_flags_are_one_line(args, capsys):
    with pytest.raises(SystemExit) as error:
        main(args)
    assert error.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_page_of_own_data_has_its_samples_and_names(tmp_path, contents_of):
    file, page = tmp_path / "own.csv", tmp_path / "own.html"
    rows = [("ab"[i % 2], i, i * i % 7) for i in range(30)]
    file.write_text("kind,height,weight\n" + "".join(f"{k},{h},{w}\n" for k, h, w in rows), encoding="utf-8")
    flags = ["--dataset", str(file), "--label", "kind", "--hidden", "3", "--epochs", "5"]
    assert main([*flags, "--out", str(page)]) == 0
    found = contents_of(page)
    assert (found["settings"]["dataset"], found["settings"]["sizes"]) == ("own.csv", [2, 3, 2])
    assert (found["features"], found["classes"]) == (["height", "weight"], ["a", "b"])
    samples = [("ab"[k], *x) for k, x in zip(found["labels"], found["samples"], strict=True)]
    assert sorted(samples) == sorted(rows)
    assert found["proof"]["failed"] == 0


def test_the_page_of_a_training_that_diverged_says_so(diverged, open_page, contents_of):
    page = open_page(diverged)
    assert contents_of(diverged)["settings"]["lr"] == 10
    assert "This training diverged" in page.inner_text("#verdict")
    page.click("#language")
    assert "发散" in page.inner_text("#verdict")
    # two hidden layers: each number of every view has its sum
    for view in ("forward", "backward", "update"):
        page.click(f"button[data-view={view}]")
        for key in page.evaluate("[...document.querySelectorAll('.unit')].map(unit => unit.dataset.key)"):
            page.evaluate("key => page.select(key)", key)
            assert page.locator("#sum-body output").count() >= 1
    assert page.problems == []


def test_the_report_of_a_learners_package_and_the_page_beside_it_are_linked(
    tmp_path, no_child, monkeypatch, contents_of
):
    monkeypatch.setattr(files, "write_pictures", lambda *_: {})  # they take longer than all the rest
    flags = ["--epochs", "5", "--dtype", "float32", "--quiet", "--timeout", "300"]
    assert run.main([*flags, "--out", str(tmp_path), "--numpy", "numpy_mlp"]) == 0
    assert 'href="page.html"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    found = contents_of(tmp_path / "page.html")
    assert found["proof"]["report"] == "report.html"
    assert found["proof"]["checks"] == len(
        json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["checks"]
    )
    assert found["recorded"].keys() == {"numpy", "torch"}
