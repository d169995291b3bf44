"""Names that look alike: two are where their skeletons are equal, or where hardly a letter is between them.

A skeleton is what is left of a name without case, marks, signs between letters and differences that eyes miss. The idea
is that of UTS #39, whose table has thousands; here are Latin, Greek and Cyrillic.
"""

from __future__ import annotations

import re
from unicodedata import category, name, normalize

_ALIKE = str.maketrans(
    {
        **dict(zip("аесорхуіјѕԁһӏвкмнтгԛԝѵ", "aecopxyijsdhlbkmhtrqwv", strict=True)),
        **dict(zip("αβγεηικνορτυχω", "abyenikvoptuxw", strict=True)),
        **dict(zip("013578|!", "olestbll", strict=True)),
        "ı": "l",
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ß": "b",
        "æ": "ae",
        "œ": "oe",
        "ɑ": "a",
        "ɡ": "g",
    }
)
# Letters that are another one with a hook or a stroke, or its capital in small: NFKD does not take them apart.
_DRESSED = re.compile(r"LATIN (?:LETTER SMALL CAPITAL|(?:SMALL|CAPITAL) LETTER) ([A-Z])(?: WITH .+)?")
PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(text: str) -> str:
    """Return what a glance sees of a name."""
    bare = "".join(each for each in normalize("NFKD", text) if category(each)[0] in "LN" or each in "|!")
    folded = "".join(map(_undressed, bare)).casefold().translate(_ALIKE).replace("i", "l")
    for pair, one in PAIRS:
        folded = folded.replace(pair, one)
    return folded


def is_a_slip_away(one: str, other: str) -> bool:
    """Say whether a letter more, less or otherwise, or two in the other order, makes one text of the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    rest, other_rest = short[same + 1 :], long[same + 1 :]
    is_turned = short[same : same + 2] == long[same : same + 2][::-1]
    return rest == other_rest or (is_turned and rest[1:] == other_rest[1:])


def _undressed(letter: str) -> str:
    found = None if letter.isascii() else _DRESSED.fullmatch(name(letter, ""))
    return found[1] if found else letter
