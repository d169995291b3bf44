"""What languages are called in other languages, in the forms that stand before a noun: "японского", "japonaise"."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from itertools import product

import pycountry

from marketplace.listings.languages import without_accents
from marketplace.listings.words import parts_of

# Locales of ISO 639-3's translations, which pycountry ships.
LOCALES = (
    *("de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "ru", "uk", "bg", "hu", "ro", "el"),
    *("tr", "id", "vi", "ja", "zh_CN", "zh_TW", "ko", "ar", "fa", "he", "hi", "bn", "th"),
)
LEAST_NAME = 5  # letters: shorter ones begin too many other words
# The endings of adjectives beside that of the name, by the name's own.
_ENDINGS = {
    "isch": "ische ischer isches ischen ischem",  # German
    "ais": "aise aises",
    "ois": "oise oises",
    "and": "ande andes ands",
    "ien": "ienne iennes iens",  # French
    "éen": "éenne éennes éens",
    "és": "esa esas eses",
    "ês": "esa esas eses",
    "án": "ana anas anes",
    "ol": "ole oles ola olas",
    "o": "a os as i e",  # French, Spanish, Portuguese, Italian
    "ski": "ska skie skiego skiej skich skim",
    "cki": "cka ckie ckiego ckiej ckich ckim",  # Polish
    "ська": "ський ське ські ського ської ській ською ському ським ських ську",  # Ukrainian
    "ский": "ская ское ские ского ской скому ском ским ских скую",  # Russian
    "цкий": "цкая цкое цкие цкого цкой цкому цком цким цких цкую",
}


def names_abroad() -> Iterator[tuple[str, str]]:
    """Yield each name of a language of ISO 639-1 in the other languages, as it is compared, with the code."""
    catalogues = [gettext.translation("iso639-3", pycountry.LOCALES_DIR, [each]) for each in LOCALES]
    languages = [each for each in pycountry.languages if hasattr(each, "alpha_2")]
    for catalogue, language in product(catalogues, languages):
        name = catalogue.gettext(language.name)
        if name != language.name:
            for written in name.split("(")[0].split(";"):
                for form in _forms(" ".join(parts_of(written))):
                    yield from ((spelling, language.alpha_3) for spelling in {form, _plain(form)})


def _plain(form: str) -> str:
    """Return how a form in Latin letters is typed without their accents."""
    plain = without_accents(form)
    return plain if plain.isascii() and len(plain) >= LEAST_NAME else form


def _forms(name: str) -> Iterator[str]:
    """Yield a name as it is compared, and as it stands before a noun; none of one that is too short to be told."""
    if not name or (name.isascii() and len(name) < LEAST_NAME):
        return
    yield name
    ending = next((each for each in _ENDINGS if name.endswith(each)), "")
    if ending and len(name) >= LEAST_NAME and " " not in name:
        yield from (name.removesuffix(ending) + other for other in _ENDINGS[ending].split())
