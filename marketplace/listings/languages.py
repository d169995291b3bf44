"""Languages as people write them: ISO 639 codes, BCP 47 tags, names in English and in the language itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from unicodedata import combining, normalize

import pycountry
from django.conf.locale import LANG_INFO

from .words import folded

# A tag of RFC 5646: the language, what it extends to, script, region, variants, extensions, what is private.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<extended>[a-z]{3})(?:-[a-z]{3}){0,2})?(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
)
# Catalogues name the languages of programs beside those of people, by these words.
_PROGRAMMING = """
c c# c++ css dart go haskell html java javascript julia kotlin lua matlab perl php powershell python r ruby rust scala
shell sql swift typescript
"""
PROGRAMMING = frozenset(_PROGRAMMING.split())
_WITHDRAWN = {"iw": "heb", "in": "ind", "ji": "yid", "jw": "jav", "mo": "ron", "sh": "hbs", "ajp": "apc"}
_ALIASES = {"中文": "zho", "mandarin": "cmn", "farsi": "fas", "flemish": "nld", "castilian": "spa", "bokmål": "nob"}
_ALIASES |= {"nynorsk": "nno", "sorani": "ckb", "kurmanji": "kmr", "filipino": "fil", "हिन्दी": "hin"}
# By how many people speak them, first or second, roughly.
_SPOKEN = """
eng zho cmn hin spa ara arb fra ben por rus ind urd deu jpn pcm mar vie tel hau tur swa swh tgl fil tam yue kor ita tha
pol ukr nld
"""
_PLACES = {code: place for place, code in enumerate(_SPOKEN.split())}
LEAST_NAME = 3  # Latin letters: shorter ones are codes


def best_known_first(codes: Iterable[str]) -> list[str]:
    """Return codes of languages, those that most people speak first, the others in their order after them."""
    return sorted(codes, key=lambda code: _PLACES.get(code, len(_PLACES)))


@lru_cache(maxsize=1024)
def language_code(text: str) -> str:
    """Return the ISO 639-3 code of a language, or the word for one of programs; "" where none is known by it."""
    asked = folded(text)
    if asked in PROGRAMMING:
        return asked
    is_name = len(asked) >= LEAST_NAME or not asked.isascii()
    return _by_tag(asked.replace("_", "-")) or (_names().get(asked, "") if is_name else "")


def _by_tag(text: str) -> str:
    tag = _TAG.fullmatch(text)
    return (_by_code(tag["extended"] or "") or _by_code(tag["language"])) if tag else ""


def _by_code(code: str) -> str:
    """Return the three letters of a code of ISO 639-1, 639-2 or 639-3, those withdrawn among them."""
    found = (
        pycountry.languages.get(alpha_3=code)
        or pycountry.languages.get(alpha_2=code)
        or pycountry.languages.get(bibliographic=code)
    )
    return str(found.alpha_3) if found else _WITHDRAWN.get(code, "")


@cache
def _names() -> dict[str, str]:
    """Return codes by names in the form that is compared, with and without their accents; whole names come first."""
    names: dict[str, str] = {}
    for name, code in [*_whole_names(), *_short_names()]:
        for form in (folded(name), folded(without_accents(name))):
            names.setdefault(form, code)
    return names


def _whole_names() -> Iterator[tuple[str, str]]:
    yield from _ALIASES.items()
    for tag, about in LANG_INFO.items():
        if code := _by_tag(tag):
            yield from ((about[key], code) for key in ("name", "name_local") if key in about)
    yield from ((language.name, language.alpha_3) for language in pycountry.languages)


def _short_names() -> Iterator[tuple[str, str]]:
    """Names without what stands in brackets, those of groups of languages first: "Malay (macrolanguage)"."""
    whole = sorted(pycountry.languages, key=lambda language: language.scope != "M")
    for language in whole:
        yield language.name.split(" (")[0], language.alpha_3
        if inverted := getattr(language, "inverted_name", ""):
            yield inverted, language.alpha_3
        if common := getattr(language, "common_name", ""):
            yield common, language.alpha_3


def without_accents(name: str) -> str:
    """Return a name whose letters have lost their accents."""
    return name if name.isascii() else "".join(each for each in normalize("NFD", name) if not combining(each))
