"""A step is done once for the same inputs, again for others, and again after a failure."""

from pathlib import Path

import pytest

from stack.steps import fingerprint, once, run
from stack.trouble import Trouble


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.css").write_text("a {}")
    return tmp_path / "source"


def test_a_step_is_skipped_until_an_input_changes(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done: list[int] = []
    for _ in range(2):
        once("Styles", source.parent / "stamp", [source], lambda: done.append(1))
    assert len(done) == 1
    assert "unchanged" in capsys.readouterr().out.splitlines()[-1]
    (source / "a.css").write_text("a { color: red }")
    once("Styles", source.parent / "stamp", [source], lambda: done.append(1))
    assert len(done) == 2


def test_a_step_that_failed_is_tried_again(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stamp = source.parent / "stamp"
    with pytest.raises(Trouble):
        once("Styles", stamp, [source], lambda: run("false", log=source.parent / "log"))
    assert capsys.readouterr().out.startswith("✗ Styles")
    assert not stamp.exists()


def test_a_failure_names_its_log(tmp_path: Path) -> None:
    log = tmp_path / "npm.log"
    with pytest.raises(Trouble, match=str(log)):
        run("sh", "-c", "echo broken >&2; exit 3", log=log)
    assert log.read_text() == "broken\n"


@pytest.mark.parametrize("change", ["moved", "added", "removed", "changed"])
def test_a_fingerprint_sees_every_change(source: Path, change: str) -> None:
    file = source / "a.css"
    before = fingerprint([source])
    match change:
        case "moved":
            file.rename(source / "b.css")
        case "added":
            (source / "b.css").touch()
        case "removed":
            file.unlink()
        case "changed":
            file.write_text("a{}")
    assert fingerprint([source]) != before


def test_a_tree_that_was_moved_is_the_same(source: Path, tmp_path: Path) -> None:
    before = fingerprint([source, source / "a.css"])
    (tmp_path / "checkout").mkdir()
    moved = source.rename(tmp_path / "checkout" / "source")
    assert fingerprint([moved, moved / "a.css"]) == before


def test_what_is_made_from_the_sources_is_not_one_of_them(source: Path) -> None:
    before = fingerprint([source])
    for made in ("build", "node_modules", "__pycache__"):
        (source / made).mkdir()
        (source / made / "x").touch()
    assert fingerprint([source]) == before
