import os

import pytest

from numpy_mlp.shared.files import check_writable, replacing


def test_file_appears_only_once_it_is_whole(tmp_path):
    target = tmp_path / "a.bin"
    with replacing(target) as file:
        file.write(b"new")
        assert not target.exists()
        assert len(list(tmp_path.iterdir())) == 1  # beside it: only within a file system is renaming atomic
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_interrupted_writing_leaves_the_old_file_and_nothing_beside_it(tmp_path, error):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def stop_half_way():
        with replacing(target) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        stop_half_way()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_failed_renaming_leaves_nothing_beside_the_old_file(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no"), replacing(tmp_path / "a.bin") as file:
        file.write(b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_file_gets_the_permissions_that_open_would_give(tmp_path):
    with replacing(tmp_path / "a.bin") as file:
        file.write(b"new")
    (tmp_path / "b.bin").write_bytes(b"new")
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "b.bin").stat().st_mode


@pytest.mark.parametrize("function", [check_writable, lambda path: replacing(path).__enter__()])
def test_folder_as_target_and_missing_folder_say_what_to_do(function, tmp_path):
    with pytest.raises(IsADirectoryError, match="is a folder; name a file in it"):
        function(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing does not exist; create it first"):
        function(tmp_path / "missing" / "a.bin")


def test_write_protected_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)  # root may write everywhere
    with pytest.raises(PermissionError, match="can't be written; choose another one"):
        check_writable(tmp_path / "a.bin")


def test_checking_creates_nothing(tmp_path):
    check_writable(tmp_path / "a.bin")
    check_writable(str(tmp_path / "b.bin"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such devices here")
def test_device_is_written_and_never_replaced_by_a_file(tmp_path):
    # a link stands in for the device: root could replace the device itself
    for name in ("null", "full"):
        (tmp_path / name).symlink_to(f"/dev/{name}")
        check_writable(tmp_path / name)
    with replacing(tmp_path / "null") as file:
        file.write(b"new")
    with pytest.raises(OSError, match="No space left"), replacing(tmp_path / "full") as file:
        file.write(b"new")
    assert all((tmp_path / name).is_symlink() for name in ("null", "full"))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_full_device_is_named():
    with pytest.raises(OSError, match="No space left") as error, replacing("/dev/full") as file:
        file.write(b"x")
    assert error.value.filename == "/dev/full"
