"""Folders that fit: short enough for sockets, closed to others."""

import os
import socket
from pathlib import Path

import pytest

from stack.places import LONGEST_SOCKET_NAME, private_dir, socket_dir
from stack.trouble import Trouble


@pytest.mark.parametrize("depth", range(1, 120, 7))
def test_a_socket_fits_however_deep_the_demo_lies(tmp_path: Path, depth: int) -> None:
    folder = socket_dir(tmp_path / "/".join(["deep"] * depth))
    with socket.socket(socket.AF_UNIX) as trial:
        folder.mkdir(parents=True, exist_ok=True)
        trial.bind(str(folder / LONGEST_SOCKET_NAME))
    (folder / LONGEST_SOCKET_NAME).unlink()
    folder.rmdir()


def test_two_deep_demos_do_not_share_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert socket_dir(deep / "one") != socket_dir(deep / "two")


def test_a_private_folder_lets_nobody_else_in(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o777)
    assert private_dir(folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_of_somebody_elses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="belongs to another user"):
        private_dir(tmp_path, os.geteuid() + 1)


def test_so_is_a_link_that_somebody_may_have_laid(tmp_path: Path) -> None:
    link = tmp_path / "run"
    link.symlink_to(tmp_path)
    with pytest.raises(Trouble, match="belongs to another user"):
        private_dir(link)


def test_a_deep_temporary_folder_is_not_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("x" * 120)))
    assert len(str(socket_dir(tmp_path / ("x" * 120)))) < 60
