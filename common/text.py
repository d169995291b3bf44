"""Text from outside: whether anybody can see anything in it, and the form in which it may be kept.

Categories and default-ignorable characters are those of the Unicode Standard (UAX #44, DerivedCoreProperties). A letter
that is newer than Python's tables counts as a letter.
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

# Default_Ignorable_Code_Point: characters that are drawn as nothing, the tags and variation selectors among them.
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_EMPTY_SIGNS = "\u2800\ufffc\ufffd"  # the Braille cell without dots, and what stands for something that is lost
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | 0xFFFE) + chr(plane << 16 | 0xFFFF) for plane in range(17))
_UNSEEN = re.compile(f"[{_IGNORABLE}{_EMPTY_SIGNS}{_NONCHARACTERS}]")

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile(f"[\x00-\x08\x0e-\x1f\x7f-\x9f{_NONCHARACTERS}]")
_FLAG_OR_TAG = re.compile("(\U0001f3f4[\U000e0020-\U000e007e]{1,30}\U000e007f)|[\U000e0000-\U000e0fff]")
_BLANKS = (
    " \t\n\u00a0\u00ad\u115f\u1160\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
)
_BLANKS += "\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0"

# What shapes its neighbour: the joiners of Persian and of emoji, and text or picture for a sign.
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
_STRAY = re.compile(f"(?<=[^\\s{_IGNORABLE}])([{_JOINERS}])|[{_IGNORABLE}]")

_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # wide ones too, as sheets take them
MOST_MARKS = 6  # above and below one letter: no script needs more, and a heap of them covers the lines around it
_DEEPEST = 125  # levels of direction inside each other, beyond which the standard has no more (UAX #9)


def has_text(text: str) -> bool:
    """Say whether anybody can see something in a text: a letter, a digit, a sign; no mark or space makes it alone."""
    return any(_is_seen(character) for character in well_formed(text))


def _is_seen(character: str) -> bool:
    if character.isascii():
        return "!" <= character <= "~"
    kind = category(character)
    return (kind[0] in "LNPS" or kind == "Cn") and not _UNSEEN.match(character)


def well_formed(text: str) -> str:
    """Return a text that can be sent and stored: halves of a pair joined, lone halves and NUL as U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", "\ufffd")


def with_hidden_shown(text: str) -> str:
    """Return a text in which what cannot be seen, or turns around what follows it, is written out: ``[U+202E]``.

    Lines and tabs stay. For what is about to be signed: it must read as it is.
    """
    return "".join(each if shows(each) else f"[U+{ord(each):04X}]" for each in text)


def shows(character: str) -> bool:
    """Say whether a character can be seen, or is a blank, a line's end or a tab."""
    if character in "\n\t":
        return True
    return category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") and not _UNSEEN.match(character)


def as_cell(text: str) -> str:
    """Return a text as a cell of a sheet that is shown, and never run as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def clean_text(text: str) -> str:
    """Return what somebody wrote as it is kept, in lines that end with a newline; "" where nothing can be seen in it.

    Controls, hidden tags and heaps of marks are gone, blanks at the ends too, and no line turns what follows it around.
    """
    if not has_text(text):
        return ""
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    # Tags spell the flags of regions; anywhere else they are text that nobody sees.
    text = _FLAG_OR_TAG.sub(lambda found: found[1] or "", well_formed(text))
    return "\n".join(without_heaps(_with_directions_ended(line)) for line in text.strip(_BLANKS).split("\n"))


def without_heaps(text: str) -> str:
    """Return a text in which no letter has more marks than some script needs."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        kind = category(character)
        # What has no width begins no letter.
        marks = marks + 1 if kind in ("Mn", "Me") else marks if kind == "Cf" else 0
        if marks <= MOST_MARKS or kind == "Cf":
            kept.append(character)
    return "".join(kept)


def clean_line(text: str) -> str:
    """Return a name or what is looked for: one line in NFKC without what cannot be seen; "" where nothing can."""
    shaped = _STRAY.sub(lambda found: found[1] or "", clean_text(text))
    line = without_heaps(" ".join(normalize("NFKC", shaped).split()))
    # Once more: NFKC can take apart what is seen into a blank and a mark.
    return line if has_text(line) else ""


def _with_directions_ended(line: str) -> str:
    """Return a line in which every embedding, override and isolate ends, and nothing ends that did not begin."""
    if not _DIRECTION.search(line):
        return line
    ends: list[str] = []
    kept = [character for character in line if not _DIRECTION.match(character) or _directs(character, ends)]
    return "".join(kept + ends[::-1])


def _directs(control: str, ends: list[str]) -> bool:
    """Keep the ends that are due, the innermost last; return whether this control does anything."""
    if control == _POP_ISOLATE and control in ends:
        # The end of an isolate also ends whatever began inside it (UAX #9).
        while ends.pop() != _POP_ISOLATE:
            pass
        return True
    if control == _POP and ends[-1:] == [_POP]:
        ends.pop()
        return True
    if control in (_POP, _POP_ISOLATE) or len(ends) == _DEEPEST:
        return False
    ends.append(_POP_ISOLATE if control >= "\u2066" else _POP)
    return True
