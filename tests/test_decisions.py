"""Decision notes can be found: one form of heading, and an index by topic that names each of them once."""

import re

from stack.places import ROOT

FOLDER = ROOT / "docs" / "decisions"
NOTES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text()


def test_notes_have_the_heading_of_their_number_and_stand_in_the_index_once() -> None:
    assert NOTES
    for note in NOTES:
        heading = re.match(rf"# {note.name[:4]} (\S.*)\n", note.read_text())
        assert heading, f"{note.name} begins with '# {note.name[:4]} ' and its title"
        assert INDEX.count(f"({note.name})") == 1, f"docs/decisions/README.md names {note.name} once"
        line = f"- [{note.name[:4]}]({note.name}) {heading[1]}\n"
        assert line in INDEX, f"docs/decisions/README.md says {line}"


def test_the_index_names_nothing_that_is_not_there() -> None:
    assert set(re.findall(r"\((\S+\.md)\)", INDEX)) == {note.name for note in NOTES}
