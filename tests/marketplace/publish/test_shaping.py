"""What a draft keeps is of the kind that its pages read, however a program has written it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from common.errors import DomainError
from marketplace.publish.checking import have_checked
from marketplace.publish.errors import DraftRefusedError
from marketplace.publish.models import Draft
from marketplace.publish.publishing import make_ready
from marketplace.publish.shaping import PARTS, TABLES, shaped
from marketplace.publish.showing import shown
from marketplace.publish.tomls import toml_text
from marketplace.publish.wizard import STEPS, Wizard

from .conftest import MANIFEST, Newcomer

ODD: tuple[Any, ...] = (
    *(0, -1, 2**62, True, "", "x y", "9" * 500, "<script>", "a/b/c", "../..", "0x" + "1" * 40, "\U0001f34b" * 50),
    *([], [1], ["a"], [[]], [{}], [None], ["x"] * 60, {}, {"a": 1}, {"": ""}, {"text": 5}),
)


def changed() -> Iterator[tuple[str, Any]]:
    """Yield odd values of each part of a manifest."""
    for part, usual in PARTS.items():
        if part in ("files", "schema"):
            continue
        if isinstance(usual, dict):
            said = MANIFEST.get(part) or {}
            yield from ((part, {**said, key: odd}) for number, key in enumerate(usual) for odd in ODD[number % 3 :: 3])
        elif part in TABLES:
            keys = ("kind", "price", "currency", "address", "percent", "in_per_m", "out_per_m", "url")
            yield from ((part, [odd]) for odd in ODD)
            yield from ((part, [dict.fromkeys(keys, odd)]) for odd in ODD)
        else:
            yield from ((part, odd) for odd in (ODD if not isinstance(usual, list) else [[each] for each in ODD]))


@pytest.mark.django_db
def test_whatever_a_program_says_no_page_of_the_draft_breaks(newcomer: Newcomer) -> None:
    for number, (part, value) in enumerate(changed()):
        try:
            said = shaped({**MANIFEST, part: value})
        except DraftRefusedError:
            continue
        Draft.objects.filter(pk=newcomer.draft.pk).update(manifest=said)
        draft = newcomer.now
        wizard = Wizard(draft, newcomer.user)
        step = list(STEPS)[number % len(STEPS)]
        try:
            shown(wizard, step)
            shown(wizard, "preview")
            toml_text(draft)
            have_checked(draft)
            make_ready(draft)
        except DomainError:
            pass
        except Exception as error:
            raise AssertionError(f"{part} = {value!r}, {step}") from error


@pytest.mark.parametrize(
    "manifest",
    [
        {"model": {"name": {"text": 5}}},
        {"model": {"tags": "a"}},
        {"model": {"tags": [["a"]]}},
        {"plans": [None]},
        {"plans": ["pass"]},
        {"plans": [{"kind": []}]},
        {"splits": [[]]},
        {"rates": [None]},
        {"access": {"allow": [{}]}},
        {"search_terms": [None]},
        {"card": {"text": ["a"]}},
    ],
)
def test_what_is_of_another_kind_is_refused(manifest: dict[str, Any]) -> None:
    with pytest.raises(DraftRefusedError):
        shaped(manifest)


def test_what_is_half_typed_is_kept() -> None:
    said = {"model": {"name": "my mod", "parameters": "12x", "tags": ["", "a"]}, "plans": [{"kind": "", "price": "0."}]}
    assert shaped(said) == said
