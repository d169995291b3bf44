"""What htmx asks again and again: the last change of a person is asked for, whatever the answers before it do."""

import re
from collections.abc import Iterator

import pytest

from .test_lint import CODE, COMMENT, TAG, TEMPLATES, VALUE, name_of

ONCE = {"load", "click", "submit", "every", "intersect", "revealed"}  # what nobody changes a field for
FIELDS = {"input", "select", "textarea"}
STAYS = "outerMorph"  # the swap that leaves the element where it is
REPLACED = "its delay runs in what its answer replaces"
DROPPED = "it has no hx-sync"


def faults(text: str) -> list[str]:
    """Return how the questions of a template's source could be lost.

    An answer that replaces the element whose delay is running takes the next question with it. And while one question
    is on its way, htmx keeps the next as it was then, and drops all others, unless ``hx-sync`` says otherwise.
    """
    return [fault for tag in TAG.finditer(COMMENT.sub("", text)) for fault in _faults(text, tag)]


def _faults(text: str, tag: re.Match[str]) -> Iterator[str]:
    own = dict(VALUE.findall(tag[2]))
    repeated = _repeated(tag[1], own)
    if any("delay:" in each for each in repeated) and own.get("hx-swap") != STAYS and _is_replaced(text, tag[0], own):
        yield REPLACED
    says_fields = tag[1] in FIELDS | {"form"} or "hx-include" in own
    if repeated and says_fields and "hx-sync" not in own:
        yield DROPPED


def _repeated(name: str, own: dict[str, str]) -> list[str]:
    """Return the triggers that come again with each change of a field."""
    if not {"hx-get", "hx-post"} & own.keys():
        return []
    usual = "change" if name in FIELDS else "click"
    triggers = [each.strip() for each in CODE.sub("", own.get("hx-trigger", usual)).split(",")]
    return [each for each in triggers if each and each.split()[0] not in ONCE]


def _is_replaced(text: str, tag: str, own: dict[str, str]) -> bool:
    """Say whether an element stands within its own target; without a target, it is that itself."""
    target = own.get("hx-target", "this").removeprefix("#")
    if target in ("this", own.get("id")):
        return True
    opening = re.search(rf"<([a-z][\w-]*)\b[^<>]*\bid=\"{re.escape(target)}\"", text)
    return opening is not None and opening.start() < text.index(tag) < _end(text, opening)


def _end(text: str, opening: re.Match[str]) -> int:
    """Return where the element ends that begins at ``opening``."""
    depth = 0
    for each in re.compile(rf"<(/?){opening[1]}\b").finditer(text, opening.start()):
        depth += -1 if each[1] else 1
        if not depth:
            return each.start()
    return opening.end()  # it has no end tag


def test_no_template_loses_a_question() -> None:
    for path in TEMPLATES:
        assert faults(path.read_text()) == [], name_of(path)


COUNT = 'hx-get="/" hx-trigger="draft delay:250ms" hx-target="#found" hx-swap="outerHTML" hx-sync="this:replace"'


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (f'<p id="found" {COUNT}></p>', REPLACED),
        ('<p hx-get="/" hx-trigger="draft delay:250ms"></p>', REPLACED),
        (f'<div id="found"><div></div><p {COUNT}></p></div>', REPLACED),
        ('<form action="/" hx-get="/" hx-trigger="change, submit"></form>', DROPPED),
        ('<select hx-get="/" hx-target="#a"></select>', DROPPED),
        ('<fieldset hx-get="/" hx-trigger="rows:changed" hx-target="#a" hx-include="this"></fieldset>', DROPPED),
    ],
)
def test_the_lint_finds_what_is_lost(source: str, fault: str) -> None:
    assert faults(source) == [fault]


@pytest.mark.parametrize(
    "source",
    [
        f'<footer {COUNT}><p id="found"></p></footer>',
        f'<div id="found"><p></p></div><p {COUNT}></p>',
        '<p id="a"><a hx-get="/" hx-trigger="load delay:700ms" hx-target="#a" hx-swap="outerHTML"></a></p>',
        '<a hx-get="/" hx-trigger="live:look" hx-target="#a"></a>',
        '<form action="/" hx-get="/"></form>',
    ],
)
def test_the_lint_lets_pass_what_is_asked(source: str) -> None:
    assert faults(source) == []
