"""Understands a query: which of its phrases name a language, a task, a range, an order, or something said otherwise.

What stands in quotation marks is taken literally, so quoting a phrase is how an understanding is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise

from marketplace.listings.words import STOP_WORDS, pairs_of, parts_of, spans_of, unjoined

from .phrases import OR, SMALL, Sense, either, lexicon, scaled
from .typed import Range, read_range

QUOTED = re.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]?")
SHORT = 8  # words
ABOUT = Decimal("0.85"), Decimal("1.15")  # of the parameters that are named: a "7B" holds 6.7 to 7.7 billion
FLOPS = re.compile(r"(\d{1,4})(gf|mf)(?:lops?)?")
MARKS = re.compile(r"[\"“”„«»]")
# Before a phrase that is not wanted; a search has no way to leave anything out.
DENIES = re.compile(
    r"(?<!\w)(?:not|non|no|without|except|excluding|nicht|kein|keine|ohne|pas|sans|sin|без|не)"
    r"[\s-]+(?:(?:an?|any|the|in|for)\s+)?\Z",
    re.IGNORECASE,
)

_NUMBER = (
    r"(?P<{0}>\d{{1,3}}(?:,\d{{3}})+|\d+(?:[.,]\d+)?)\s*(?P<{0}_unit>k|m|mio|b|bn|t|thousand|million|billion|trillion)"
)
_BARE = r"(?P<low>\d+(?:[.,]\d+)?)"  # in the unit of the number that follows
_WEIGHTS, _NOT_ON = r"[\s-]*(?:params?|parameters?|weights)", r"(?![\w.,]\w|\w)"
_BEGIN, _END, _OF_WEIGHTS = r"(?<![\w.,])", rf"(?:{_WEIGHTS})?{_NOT_ON}", rf"{_WEIGHTS}{_NOT_ON}"
_BELOW = r"(?:under|below|less than|smaller than|fewer than|up to|at most|no more than|max(?:imum)?|not over|<=?|≤)"
_ABOVE = r"(?:over|above|more than|larger than|bigger than|at least|min(?:imum)?|>=?|≥)"
_FEW, _MANY = (rf"(?P<{side}>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<{side}_unit>k|m)?" for side in ("high", "low"))
_WINDOW = r"context(?:\s+(?:window|length|size))?(?:\s+of)?"
_CONTEXT = r"(?:tokens?(?:\s+of)?(?:\s+context)?|context(?:\s+(?:window|length|size))?|ctx)"
_DIMS = r"[\s-]*(?:dims?|dimensions?|dimensional)(?!\w)"
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = rf"(?:(?P<month>{'|'.join(f'{each[:3]}(?:{each[3:]})?' for each in _MONTHS)})\.?,?\s+(?:of\s+)?)?"
_YEAR = rf"{_MONTH}(?P<year>(?:19|20)\d\d)"

# Each with the range that it names, where ``{low}`` is the first number and ``{high}`` the second.
_RANGES = tuple(
    (name, re.compile(pattern, re.IGNORECASE), text)
    for name, pattern, text in (
        # "Up to 128k" is what a window is said to hold, and so no bound from above.
        ("context", rf"{_BEGIN}(?!up to){_BELOW}\s*{_FEW}[\s-]*{_CONTEXT}(?!\w)", "..{high}"),
        ("context", rf"{_BEGIN}{_WINDOW}\s+(?!up to){_BELOW}\s*{_FEW}(?!\w)", "..{high}"),
        ("context", rf"{_BEGIN}(?:(?:{_ABOVE}|up to)\s*)?{_MANY}[\s-]*{_CONTEXT}(?!\w)", "{low}.."),
        ("context", rf"{_BEGIN}{_WINDOW}(?:\s+(?:{_ABOVE}|up to))?\s*{_MANY}(?!\w)", "{low}.."),
        ("dims", rf"{_BEGIN}{_BELOW}\s*(?P<high>\d{{2,5}}){_DIMS}", "..{high}"),
        ("dims", rf"{_BEGIN}{_ABOVE}\s*(?P<low>\d{{2,5}}){_DIMS}", "{low}.."),
        ("dims", rf"{_BEGIN}(?P<low>\d{{2,5}}){_DIMS}", "{low}"),
        (
            "params",
            rf"{_BEGIN}(?:between\s+)?{_NUMBER.format('low')}\s*(?:-|–|to|and|\.\.)\s*{_NUMBER.format('high')}{_END}",
            "{low}..{high}",
        ),
        ("params", rf"{_BEGIN}{_BELOW}\s*{_NUMBER.format('high')}{_END}", "..{high}"),
        ("params", rf"{_BEGIN}{_ABOVE}\s*{_NUMBER.format('low')}{_END}", "{low}.."),
        (
            "params",
            rf"{_BEGIN}(?:between|from)\s+{_BARE}\s*(?:and|to|-|–)\s*{_NUMBER.format('high')}{_END}",
            "{low}..{high}",
        ),
        ("params", rf"(?<![\w.,-]){_BARE}\s*(?:-|–|to)\s*{_NUMBER.format('high')}{_OF_WEIGHTS}", "{low}..{high}"),
        ("params", rf"{_BEGIN}{_NUMBER.format('about')}{_OF_WEIGHTS}", "{about}"),
        (
            "released",
            rf"{_BEGIN}(?:(?:released\s+)?(?:between|from)|released)\s+(?P<first>20\d\d)\s*(?:and|to|until|-|–)\s*(?P<last>20\d\d)(?!\w)",
            "{first}..{last}",
        ),
        ("released", rf"{_BEGIN}(?:released\s+)?(?:since|not before)\s+{_YEAR}(?!\w)", ">={year}"),
        ("released", rf"{_BEGIN}(?:released\s+)?(?:after|newer than)\s+{_YEAR}(?!\w)", ">{year}"),
        ("released", rf"{_BEGIN}(?:released\s+)?(?:before|until|older than)\s+{_YEAR}(?!\w)", "<{year}"),
        ("released", rf"{_BEGIN}(?:released\s+)?(?:in|from|released)\s+{_YEAR}(?!\w)", "{year}"),
    )
)


@dataclass(frozen=True)
class Understood:
    """A phrase of a query, where it stands in it, and what it means."""

    phrase: str
    start: int
    end: int
    sense: Sense

    @property
    def term(self) -> str:
        """The phrase in the form that is compared."""
        return " ".join(parts_of(self.phrase))

    def without(self, text: str) -> str:
        """Return the query in which this phrase is taken literally, or left out where its words mean nothing else."""
        instead = f'"{self.phrase}"' if self.sense.counts else ""
        return " ".join(f"{text[: self.start]}{instead}{text[self.end :]}".split())


@dataclass(frozen=True)
class Understanding:
    """A ``query`` as it was understood: ``text`` is what is looked for, ``terms`` its words and phrases.

    Of the terms ``soft`` ones need not be found, ``silent`` ones ask for nothing, and ``literal`` ones stand for
    themselves alone. ``other_words`` gives for a term what else it is called. ``in_english`` is the text in words that
    the engine of meaning reads. ``denied`` phrases say what is not wanted, and are only words.
    """

    query: str = ""
    items: tuple[Understood, ...] = ()
    text: str = ""
    terms: tuple[str, ...] = ()
    soft: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    literal: frozenset[str] = frozenset()
    other_words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    in_english: str = ""
    denied: tuple[str, ...] = ()

    @property
    def literally(self) -> str:
        """The query in which everything that is understood is taken literally."""
        text = self.query
        for item in reversed(self.items):
            text = f'{text[: item.start]}"{item.phrase}"{text[item.end :]}'
        return " ".join(text.split())

    @property
    def order(self) -> str:
        """The order that was asked for, the last one where there are several; empty for none."""
        return next((item.sense.order for item in reversed(self.items) if item.sense.order), "")


@lru_cache(maxsize=512)
def understand(query: str) -> Understanding:
    """Return what a query, without its typed filters, means."""
    text = unjoined(query)
    quoted = [found.span() for found in QUOTED.finditer(text)]
    free = list(_between(quoted, len(text)))
    found = [item for start, end in free for item in _in_part(text, start, end)]
    denied = [item for item in found if DENIES.search(text[: item.start]) and not item.sense.silent]
    heard = _without_stray_sizes(text, [item for item in found if item not in denied])
    if len(parts_of(text)) > SHORT:  # a description: that it says "free" or "in 2020" asks for nothing
        heard = [item for item in heard if item.sense.counts]
    shown = tuple(item for item in heard if not item.sense.silent)
    met = [item for item in heard if item.sense.is_met_otherwise]
    soft = frozenset(chain.from_iterable((item.term, *parts_of(item.phrase)) for item in met))
    literal = frozenset(word for start, end in quoted for word, _, _ in spans_of(text, start, end))
    terms = _terms(text, heard)
    known = soft | literal | {item.term for item in heard}
    plain = [term for term in terms if term not in known]
    return Understanding(
        query=text,
        items=shown,
        text=_spoken(text, heard),
        terms=terms,
        soft=soft,
        silent=frozenset(item.term for item in heard if item.sense.silent),
        literal=literal,
        other_words=_other_words(shown) | _joined(plain) | _figures(plain),
        in_english=_spoken(text, heard, in_english=True),
        denied=tuple(_with_denial(text, item) for item in denied),
    )


def _with_denial(text: str, item: Understood) -> str:
    """Return a phrase with the words before it that deny it."""
    found = DENIES.search(text[: item.start])
    return text[found.start() if found else item.start : item.end]


def put_in(text: str, words: Mapping[str, str]) -> str:
    """Return a query with words, in the form that is compared, exchanged for others wherever they stand."""
    for word, start, end in reversed(list(spans_of(text))):
        if word in words:
            text = f"{text[:start]}{words[word]}{text[end:]}"
    return text


def _between(taken: list[tuple[int, int]], end: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches between those that are taken."""
    at = 0
    for first, last in [*sorted(taken), (end, end)]:
        if first > at:
            yield at, first
        at = max(at, last)


def _in_part(text: str, start: int, end: int) -> list[Understood]:
    """Return what is understood in a stretch: ranges, then phrases of scripts without blanks, then all others."""
    found: list[Understood] = list(_ranges_in(text, start, end))
    for first, last in _gaps(found, start, end):
        written = lexicon().written.finditer(text, first, last)
        found += [_of(text, *each.span(), lexicon().unspaced["".join(each[0].split())]) for each in written]
    for first, last in _gaps(found, start, end):
        found += _phrases_in(text, first, last)
    return _joined_by_or(text, sorted(found, key=lambda item: item.start))


def _joined_by_or(text: str, found: list[Understood]) -> list[Understood]:
    """Make one of two phrases with "or" between them where both name a value of the same facet."""
    kept: list[Understood] = []
    for item in reversed(found):
        sense = either(item.sense, kept[-1].sense) if kept and OR.fullmatch(text, item.end, kept[-1].start) else None
        kept = [*kept[:-1], _of(text, item.start, kept[-1].end, sense)] if sense else [*kept, item]
    return kept[::-1]


def _gaps(found: list[Understood], start: int, end: int) -> list[tuple[int, int]]:
    taken = [(item.start - start, item.end - start) for item in found]
    return [(first + start, last + start) for first, last in _between(taken, end - start)]


def _of(text: str, start: int, end: int, sense: Sense) -> Understood:
    return Understood(text[start:end], start, end, sense)


def _ranges_in(text: str, start: int, end: int) -> Iterator[Understood]:
    taken: list[tuple[int, int]] = []
    for name, pattern, written in _RANGES:
        for match in pattern.finditer(text, start, end):
            bounds = _range_of(name, match, written)
            if bounds and all(match.end() <= first or last <= match.start() for first, last in taken):
                taken.append(match.span())
                yield _of(text, *match.span(), Sense(ranges={name: bounds}, counts=False))


def _range_of(name: str, match: re.Match[str], written: str) -> Range | None:
    given = match.groupdict()
    if given.get("about"):
        about = scaled(given["about"], given["about_unit"])
        return read_range(name, "{:.0f}..{:.0f}".format(*(about * share for share in ABOUT)))
    units = {"low": given.get("low_unit") or (given.get("high_unit") or ""), "high": given.get("high_unit") or ""}
    numbers = {side: f"{scaled(given[side], unit):f}" for side, unit in units.items() if given.get(side)}
    if "high" in numbers and not Decimal(numbers["high"]):
        return None  # there is nothing below nothing
    years = {"first": given.get("first"), "last": given.get("last"), "year": given.get("year") and _month_of(given)}
    return read_range(name, written.format(**numbers, **years))


def _month_of(given: Mapping[str, str]) -> str:
    """Return a year, or a month of it, as it is written in a filter."""
    month = (given.get("month") or "")[:3].lower()
    numbers = {each[:3]: n for n, each in enumerate(_MONTHS, start=1)}
    return f"{given['year']}-{numbers[month]:02d}" if month else given["year"]


def _phrases_in(text: str, start: int, end: int) -> Iterator[Understood]:
    """Yield the longest phrases that are known, from left to right."""
    spans = list(spans_of(text, start, end))
    at = 0
    while at < len(spans):
        for upto in range(min(len(spans), at + lexicon().longest), at, -1):
            sense = _sense_of([word for word, _, _ in spans[at:upto]])
            if sense and not _is_half(text, spans[at][1], sense):
                yield _of(text, spans[at][1], spans[upto - 1][2], sense)
                at = upto - 1
                break
        at += 1


def _is_half(text: str, start: int, sense: Sense) -> bool:
    """Say whether a word of money only ends another one: nobody asks the price of "sugar-free"."""
    ends_another = text[max(0, start - 1) : start] == "-" and text[max(0, start - 2)].isalpha()
    return "price" in sense.facets and ends_another and not DENIES.search(text[:start])


def _sense_of(words: list[str]) -> Sense | None:
    senses, phrase = lexicon().senses, " ".join(words)
    return senses.get(phrase) or (senses.get(phrase[:-1]) if phrase.endswith("s") and len(phrase) > 4 else None)


def _without_stray_sizes(text: str, found: list[Understood]) -> list[Understood]:
    """Leave out words such as "tiny" where they stand in a name: beside a word that is not understood, or no task."""
    covered = {word for item in found for word in parts_of(item.phrase)} | STOP_WORDS
    is_name = any(word not in covered for word in parts_of(text)) or not any(
        item.sense.facets for item in found if item.sense.prefers != SMALL
    )
    return [item for item in found if item.sense.prefers != SMALL or not is_name]


def _terms(text: str, heard: list[Understood]) -> tuple[str, ...]:
    """Return what is looked for: words, and phrases that are also called otherwise, each as one; the first twelve."""
    phrases = [item for item in heard if item.sense.words and item.sense.counts and " " in item.term]
    set_apart = [(item.start, item.end) for item in heard if not item.sense.counts or item in phrases]
    known = {item.term for item in heard}
    spoken: list[tuple[int, str]] = [(item.start, item.term) for item in phrases]
    for first, last in _between([*set_apart, *((each.start, each.end) for each in heard)], len(text)):
        spoken += [(start, word) for word, start, _ in spans_of(text, first, last)]
    for item in heard:
        if item.sense.counts and item not in phrases:
            spoken += [(start, word) for word, start, _ in spans_of(text, item.start, item.end)]
    terms = list(
        dict.fromkeys(pair for _, word in sorted(spoken) for pair in ([word] if word in known else pairs_of(word)))
    )
    return tuple([term for term in terms if term not in STOP_WORDS] or terms)


def _spoken(text: str, heard: list[Understood], *, in_english: bool = False) -> str:
    """Return the text without what asks for something else; ``in_english`` with what its foreign phrases mean."""
    for item in reversed(heard):
        middle = item.phrase if item.sense.counts else ""
        if in_english and not item.phrase.isascii():
            middle = "" if item.sense.silent or not item.sense.counts else item.sense.title
        text = f"{text[: item.start]} {middle} {text[item.end :]}"
    return " ".join(MARKS.sub(" ", text).split())


def _other_words(items: tuple[Understood, ...]) -> dict[str, tuple[str, ...]]:
    """Return what else the phrases are called, by the term that stands for each."""
    found: dict[str, tuple[str, ...]] = {}
    for item in items:
        others = dict.fromkeys([*item.sense.words, *_title_words(item)])
        if item.sense.counts and others:
            found[item.term] = tuple(each for each in dict.fromkeys([*found.get(item.term, ()), *others]))
    return found


def _title_words(item: Understood) -> list[str]:
    """Return the words of what a phrase in another language means."""
    return [] if item.phrase.isascii() else parts_of(item.sense.title)


def _joined(words: list[str]) -> dict[str, tuple[str, ...]]:
    """Return for each word what it makes with its neighbours: names write "regnet y" as one word."""
    found: dict[str, tuple[str, ...]] = {}
    for first, second in pairwise(words):
        for word in (first, second) if first.isalpha() else ():
            found[word] = (*found.get(word, ()), first + second)
    return found


def _figures(words: list[str]) -> dict[str, tuple[str, ...]]:
    """Return operations as names write them, in tenths of a GFLOP: 160 for 16 GF, 008 for 800 MF (regnety_160)."""
    found: dict[str, tuple[str, ...]] = {}
    for word in words:
        if read := FLOPS.fullmatch(word):
            tenths = int(read[1]) * (10 if read[2] == "gf" else 0) or round(int(read[1]) / 100)
            found[word] = (f"{tenths:03d}",)
    return found
