"""What people may call themselves: no name that can be taken for an account's, and none that mixes scripts.

Two names are alike where their skeletons are equal: what is left of them without case, marks, signs between letters and
differences that eyes miss. The idea is that of UTS #39, whose table has thousands; here are Latin, Greek and Cyrillic.
"""

from __future__ import annotations

import re
from unicodedata import category, name, normalize

from accounts.models import Account

from .errors import LookAlikeNameError, MixedNameError

# What only the site itself may be called.
OURS = ("Citrate", "Citrate Marketplace", "Moderator", "Moderators", "Administrator", "Admin", "Support", "Official")
TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA", "LATIN"}, {"CJK", "HANGUL", "LATIN"}, {"CJK", "BOPOMOFO", "LATIN"})
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
# What stands beside those words in the names of their like.
BESIDE = ("the", "of", "and", "team", "staff", "help", "desk", "service", "bot", "dao")
# Letters that are another one with a hook or a stroke, or its capital in small: NFKD does not take them apart.
_DRESSED = re.compile(r"LATIN (?:LETTER SMALL CAPITAL|(?:SMALL|CAPITAL) LETTER) ([A-Z])(?: WITH .+)?")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def skeleton(text: str) -> str:
    """Return what a glance sees of a name."""
    bare = "".join(each for each in normalize("NFKD", text) if category(each)[0] in "LN" or each in "|!")
    folded = "".join(map(_undressed, bare)).casefold().translate(_ALIKE).replace("i", "l")
    for pair, one in _PAIRS:
        folded = folded.replace(pair, one)
    return folded


def check_name(text: str, address: str) -> None:
    """Refuse a name that the address must not have. One query. Raises MixedNameError, LookAlikeNameError."""
    scripts = {_script(each) for each in text if category(each)[0] == "L"}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in TOGETHER):
        raise MixedNameError
    seen = skeleton(text)
    if text.lower().startswith("0x"):
        raise LookAlikeNameError(text)
    for ours in OURS:
        if seen == skeleton(ours):
            raise LookAlikeNameError(ours)
    words = {skeleton(each) for each in re.split(r"[\W_]+", text)} - {""}
    roles = {skeleton(each) for each in " ".join(OURS).split()}
    if words & roles and words <= roles | set(map(skeleton, BESIDE)):
        raise LookAlikeNameError(OURS[0])
    for taken, owner in Account.objects.values_list("name", "user__address"):
        if owner != address and skeleton(taken) == seen:
            raise LookAlikeNameError(taken)


def _undressed(letter: str) -> str:
    found = None if letter.isascii() else _DRESSED.fullmatch(name(letter, ""))
    return found[1] if found else letter


def _script(letter: str) -> str:
    return name(letter, "UNKNOWN").split()[0]
