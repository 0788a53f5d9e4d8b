import json
import zipfile

import numpy as np
import pytest

from numpy_mlp import load_weights, save_weights

TELLS = "is not a whole weights file"


def rewrite(path, change=None, **arrays):
    """Write the file again, its JSON text and its arrays changed."""
    with np.load(path) as file:
        parts = {name: file[name] for name in file.files}
    about = json.loads(str(parts["about"]))
    if change:
        change(about)
    parts["about"] = np.array(json.dumps(about))
    parts.update(arrays)
    np.savez(path, **{name: data for name, data in parts.items() if data is not None})


@pytest.fixture
def saved(tmp_path, make_checkpoint):
    path = tmp_path / "iris.npz"
    save_weights(path, make_checkpoint())
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_loaded_is_what_was_saved(dtype, tmp_path, make_checkpoint):
    checkpoint, path = make_checkpoint(dtype), tmp_path / "iris.npz"
    save_weights(path, checkpoint)
    loaded = load_weights(path)
    for field in ("library", "sizes", "dataset", "hyperparameters", "feature_names", "class_names", "dtype"):
        assert getattr(loaded, field) == getattr(checkpoint, field), field
    assert loaded.dtype is dtype
    for ends in ("data_min", "data_max"):
        expected = getattr(checkpoint.scaler, ends)
        np.testing.assert_array_equal(getattr(loaded.scaler, ends), expected, strict=True)
    np.testing.assert_array_equal(loaded.history.losses, checkpoint.history.losses, strict=True)
    assert loaded.history.snapshot_epochs == checkpoint.history.snapshot_epochs == [0, 4]
    assert loaded.history.seconds == checkpoint.history.seconds
    for name in checkpoint.final:
        np.testing.assert_array_equal(loaded.initial[name], checkpoint.initial[name], strict=True)
        np.testing.assert_array_equal(loaded.final[name], checkpoint.final[name], strict=True)
        assert (loaded.initial[name] != loaded.final[name]).any()


def test_name_is_taken_as_it_is(tmp_path, make_checkpoint):
    save_weights(tmp_path / "weights", make_checkpoint())
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]
    assert load_weights(str(tmp_path / "weights")).sizes == (4, 5, 3)


def test_file_is_plain_numpy_without_pickles(saved):
    with np.load(saved, allow_pickle=False) as file:
        assert sorted(file.files) == sorted(
            [*load_weights(saved).final, "about", "losses", "snapshot_epochs", "data_min", "data_max"]
        )
        assert file["fc1.weight"].shape == (2, 5, 4)
        about = json.loads(str(file["about"]))
    assert about["format"] == "numpy-mlp weights/1"
    assert about["sizes"] == [4, 5, 3]
    assert about["dtype"] == "float32"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_file_is_refused_with_its_name(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=TELLS) as error:
        load_weights(saved)
    assert str(saved) in str(error.value)
    assert "train --weights FILE" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"PK\x03\x04", b"\x93NUMPY", b"\x80\x04N."])
def test_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=TELLS):
        load_weights(path)


def test_lone_array_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(ValueError, match=TELLS):
        load_weights(tmp_path / "a.npy")


def test_pickle_is_refused_and_never_run(saved, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").write_text, ("boom",))

    bomb = np.empty(1, object)
    bomb[0] = Bomb()
    with np.load(saved) as file:
        parts = {name: file[name] for name in file.files}
    np.savez(saved, **{**parts, "losses": bomb})
    with pytest.raises(ValueError, match=TELLS):
        load_weights(saved)
    assert not (tmp_path / "ran").exists()


def test_single_damaged_bytes_never_end_in_another_error(saved):
    # of each 16th byte one bit is turned; what np.load can't notice it may load
    whole = saved.read_bytes()
    for position in range(0, len(whole), 16):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << (position // 16 % 8)
        saved.write_bytes(damaged)
        try:
            load_weights(saved)
        except (ValueError, OSError):
            pass
        except Exception as error:
            pytest.fail(f"byte {position}: {type(error).__name__}: {error}")


@pytest.mark.parametrize(("back", "value"), [(0, 99), (2, 1)], ids=["unknown compression", "encrypted"])
def test_archive_that_zipfile_can_not_open_is_refused(saved, back, value):
    # bytes 8 of the local and 10 of the central header hold the method; bit 0 two bytes before: "encrypted"
    whole = bytearray(saved.read_bytes())
    local, central = (8, whole.index(b"PK\x01\x02") + 10)
    whole[local - back] = whole[central - back] = value
    saved.write_bytes(whole)
    with pytest.raises(ValueError, match=TELLS):
        load_weights(saved)


def test_compressed_file_is_read_too_and_refused_if_damaged(saved):
    small_file = saved.with_name("small.npz")
    with np.load(saved) as file:
        np.savez_compressed(small_file, **file)
    small = load_weights(small_file)
    np.testing.assert_array_equal(small.final["fc1.weight"], load_weights(saved).final["fc1.weight"])
    damaged = bytearray(small_file.read_bytes())
    damaged[100:120] = bytes(255 for _ in range(20))
    small_file.write_bytes(damaged)
    with pytest.raises(ValueError, match=TELLS):
        load_weights(small_file)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "fc1.weight",
            np.zeros((2, 5, 3), np.float32),
            r"fc1.weight has shape \(2, 5, 3\), expected \(2, 5, 4\)",
        ),
        ("fc1.weight", np.zeros((1, 5, 4), np.float32), r"fc1.weight has shape \(1, 5, 4\), expected"),
        ("fc2.bias", np.zeros((2, 3)), r"fc2.bias is float64, expected float32"),
        ("data_min", np.zeros(3), r"data_min has shape \(3,\), expected \(4,\)"),
        ("fc2.bias", None, "fc2.bias"),
        ("losses", None, "losses"),
        ("data_max", None, "data_max"),
        ("snapshot_epochs", None, "snapshot_epochs"),
    ],
)
def test_array_that_is_missing_or_does_not_fit_is_named(saved, name, array, message):
    rewrite(saved, **{name: array})
    with pytest.raises(ValueError, match=f"{TELLS}.*{message}"):
        load_weights(saved)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["data_min", "data_max"])
def test_ranges_that_are_no_numbers_are_refused(saved, name, value):
    with np.load(saved) as file:
        array = file[name]
    array[-1] = value
    rewrite(saved, **{name: array})
    with pytest.raises(ValueError, match=f"{TELLS}.*{name}"):
        load_weights(saved)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_of_a_diverged_training_are_read_as_what_they_are(saved, value):
    with np.load(saved) as file:
        array = file["fc1.weight"]
    array[-1] = value
    rewrite(saved, **{"fc1.weight": array})
    assert np.array_equal(load_weights(saved).final["fc1.weight"], array[-1], equal_nan=True)


@pytest.mark.parametrize("kind", ["npy", "pickle", "text", "empty"])
def test_other_files_are_refused_without_the_words_of_a_library(tmp_path, kind):
    path = tmp_path / "w.npz"
    if kind == "npy":
        with path.open("wb") as file:
            np.save(file, np.ones(3))
    elif kind == "pickle":
        with path.open("wb") as file:
            np.savez(file, about=np.array([{}], dtype=object))
    else:
        path.write_text("" if kind == "empty" else "weights", encoding="utf-8")
    with pytest.raises(ValueError, match=TELLS) as caught:
        load_weights(path)
    assert not any(word in str(caught.value) for word in ("pickle", "protocol", "numpy.", "object", "magic"))


def test_file_without_a_snapshot_is_refused(saved):
    with np.load(saved) as file:
        empty = {name: file[name][:0] for name in file.files if name.startswith("fc")}
    rewrite(saved, snapshot_epochs=np.zeros(0, int), **empty)
    with pytest.raises(ValueError, match=TELLS):
        load_weights(saved)


@pytest.mark.parametrize("key", ["format", "library", "sizes", "dtype", "dataset", "class_names", "seconds"])
def test_missing_entry_of_the_description_is_named(saved, key):
    rewrite(saved, lambda about: about.pop(key))
    with pytest.raises(ValueError, match=f"{TELLS}.*{key}"):
        load_weights(saved)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "numpy-mlp weights/2"),
        ("sizes", [4, 6, 3]),
        ("sizes", []),
        ("sizes", [4]),
        ("sizes", 4),
        ("sizes", ["4", "5", "3"]),
        ("feature_names", ["a"]),
        ("class_names", ["a", "b"]),
        ("dtype", "float64"),
        ("dtype", "no such"),
        ("seconds", "soon"),
    ],
)
def test_description_that_contradicts_the_arrays_is_refused(saved, key, value):
    rewrite(saved, lambda about: about.update({key: value}))
    with pytest.raises(ValueError, match=TELLS):
        load_weights(saved)


def test_description_that_is_no_json_is_refused(saved):
    rewrite(saved, about=np.array("hello"))
    with pytest.raises(ValueError, match=TELLS):
        load_weights(saved)


def test_zip_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ValueError, match=TELLS):
        load_weights(tmp_path / "a.zip")


def test_missing_file_and_folder_are_os_errors_that_name_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_weights(tmp_path / "nowhere.npz")
    with pytest.raises(OSError, match=tmp_path.name):
        load_weights(tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_interrupted_saving_leaves_the_old_file_whole_and_no_other(
    error, saved, make_checkpoint, monkeypatch
):
    before = saved.read_bytes()

    def stop_half_way(file, **_):
        file.write(b"half")
        raise error

    monkeypatch.setattr(np, "savez", stop_half_way)
    with pytest.raises(error):
        save_weights(saved, make_checkpoint())
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]
