"""What people say in a search, and what it means in the catalogue's own facts: ``data/phrases.toml``, and languages."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pycountry
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from marketplace.listings.languages import language_code
from marketplace.listings.taxonomy import language_name
from marketplace.listings.words import UNSPACED, parts_of

from .language_names import names_abroad
from .typed import SCALE, Range, read_range

PHRASES = Path(__file__).parent.parent / "data" / "phrases.toml"
SMALL = "small"
OR = re.compile(r"\s+(?:or|oder|ou|или)\s+", re.IGNORECASE)
EITHER = {"language", "task", "license", "library"}  # facets whose values can be asked for as alternatives
# Catalogues write some languages by their own code or by that of the group that they belong to.
_SAME = """
zho cmn, nor nob nno, fas pes, ara arb, est ekk, lav lvs, msa zsm, aze azj, uzb uzn, swa swh, kur ckb kmr, nep npi
"""
ALSO = {codes[0]: tuple(codes) for codes in map(str.split, _SAME.split(","))}


@dataclass(frozen=True)
class Sense:
    """What a phrase means. ``facets`` narrow (any value of each); ``words`` are looked for beside it.

    ``prefers`` names what stands first, ``order`` the order that is asked for. ``counts`` says whether the phrase's own
    words are looked for as well; a sense that is ``silent`` asks for nothing, and its words need not be found.
    """

    title: str = ""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    order: str = ""
    prefers: str = ""
    counts: bool = True
    silent: bool = False

    @property
    def is_met_otherwise(self) -> bool:
        """Whether its words need not be found: they narrow, say what stands first, or ask for nothing."""
        return self.counts and bool(self.narrows or self.prefers or self.silent)

    @property
    def narrows(self) -> bool:
        """Whether listings have to fulfil it."""
        return bool(self.facets or self.ranges)

    @property
    def is_one_language(self) -> bool:
        """Whether it is a language, which has a word of its own, rather than any of a family."""
        return "language" in self.facets and bool(self.words)


def either(one: Sense, other: Sense) -> Sense | None:
    """Return what "chinese or japanese" asks for; None for two that are no values of the same facet."""
    names = {*one.facets, *other.facets}
    if len(names) != 1 or not names <= EITHER or not all(each.facets and each.counts for each in (one, other)):
        return None
    name = names.pop()
    values = tuple(dict.fromkeys((*one.facets[name], *other.facets[name])))
    title = _("%(one)s or %(other)s") % {"one": one.title, "other": other.title}
    return replace(one, title=title, facets={name: values}, words=())


@dataclass(frozen=True)
class Lexicon:
    """Senses by phrase, its words parted by blanks.

    ``unspaced`` holds those of scripts without blanks, by the phrase without any; ``written`` finds them.
    """

    senses: dict[str, Sense]
    unspaced: dict[str, Sense]
    written: re.Pattern[str]
    longest: int  # words


FACETS = {  # keys of the file, and the facets that they name
    "tasks": "task",
    "modalities": "modality",
    "licences": "license",
    "libraries": "library",
    "price": "price",
    "runnable": "runnable",
    "availability": "availability",
}


@cache
def lexicon() -> Lexicon:
    """Return what is known, read once. A phrase of the file stands before the name of a language."""
    read = tomllib.loads(PHRASES.read_text(encoding="utf-8"))
    senses: dict[str, Sense] = {}
    for phrase, sense in [*_told(read), *_of_languages(read["places"])]:
        senses.setdefault(phrase, sense)
    written = sorted((phrase for phrase in senses if re.search(f"[{UNSPACED}]", phrase)), key=len, reverse=True)
    longest = max(phrase.count(" ") + 1 for phrase in senses)
    # People set blanks between words of such scripts, or leave them out.
    spelled = (r"\s*".join(map(re.escape, phrase.replace(" ", ""))) for phrase in written)
    return Lexicon(
        senses, {phrase.replace(" ", ""): senses[phrase] for phrase in written}, re.compile("|".join(spelled)), longest
    )


def _told(read: dict[str, Any]) -> Iterator[tuple[str, Sense]]:
    for entry in read["means"]:
        sense = _sense(entry)
        yield from ((phrase, sense) for phrase in _phrases(entry["said"]))
    for group in read["groups"]:
        sense = languages_sense(group["title"], group["languages"])
        yield from ((phrase, sense) for phrase in _phrases(group["said"]))
    yield from ((phrase, Sense(silent=True)) for phrase in _phrases(read["silent"]["said"]))


def _sense(entry: dict[str, Any]) -> Sense:
    facets = {facet: tuple(entry[key]) for key, facet in FACETS.items() if key in entry}
    ranges = {name: read_range(name, text) or _refuse(text) for name, text in entry.get("ranges", {}).items()}
    rest = {key: entry[key] for key in ("order", "prefers", "counts") if key in entry}
    return Sense(entry["title"], facets, ranges, tuple(entry.get("words", ())), **rest)


def _refuse(text: str) -> Range:
    raise ValueError(f"{PHRASES.name}: {text} is no range")


def _phrases(said: str) -> Iterator[str]:
    for phrase in said.split(","):
        yield " ".join(parts_of(phrase))


def _of_languages(places: dict[str, str]) -> Iterator[tuple[str, Sense]]:
    """Languages of ISO 639-1 by their names in English and in themselves, where they are written, and abroad."""
    for language in pycountry.languages:
        if hasattr(language, "alpha_2"):
            sense = language_sense(language.alpha_3)
            for name in (language.name, language_name(language.alpha_3), getattr(language, "common_name", "")):
                if name:
                    yield from ((phrase, sense) for phrase in _phrases(name.replace(",", " ")))
    for tag, about in LANG_INFO.items():
        code = language_code(tag)
        if code and "name_local" in about and "-" not in tag:
            yield " ".join(parts_of(about["name_local"])), language_sense(code)
    for code, said in places.items():
        yield from ((phrase, language_sense(code)) for phrase in _phrases(said))
    yield from ((phrase, language_sense(code)) for phrase, code in names_abroad())


def language_sense(code: str) -> Sense:
    """Return the sense of a language, by its ISO 639-3 code."""
    name = language_name(code)
    return Sense(name, {"language": ALSO.get(code, (code,))}, words=(" ".join(parts_of(name)),))


def languages_sense(title: str, codes: Iterable[str]) -> Sense:
    """Return the sense of any of some languages."""
    return Sense(title, {"language": tuple(each for code in codes for each in ALSO.get(code, (code,)))})


def scaled(number: str, unit: str) -> Decimal:
    """Return a number with the letter or the word of its scale: 1.5 and "billion".

    A comma is a point, as many languages write it, but not before groups of three digits.
    """
    number = number.replace(",", "") if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number) else number
    return Decimal(number.replace(",", ".")) * SCALE.get(unit.lower()[:1], 1)
