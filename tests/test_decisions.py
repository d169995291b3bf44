"""Decision notes can be found: one form of heading, and an index by topic that names each of them once."""

import re
from pathlib import Path

import pytest

from stack.places import ROOT

FOLDER = ROOT / "docs" / "decisions"
NOTES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("note", NOTES, ids=[note.stem for note in NOTES])
def test_a_note_has_the_heading_of_its_number_and_stands_in_the_index_once(note: Path) -> None:
    heading = re.match(rf"# {note.name[:4]} (\S.*)\n", note.read_text())
    assert heading, f"{note.name} begins with '# {note.name[:4]} ' and its title"
    assert INDEX.count(f"({note.name})") == 1, "docs/decisions/README.md names it once"
    assert f"- [{note.name[:4]}]({note.name}) {heading[1]}\n" in INDEX


def test_the_index_names_nothing_that_is_not_there() -> None:
    assert set(re.findall(r"\((\S+\.md)\)", INDEX)) == {note.name for note in NOTES}
