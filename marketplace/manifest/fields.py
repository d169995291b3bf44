"""The forms that single values of citrate.toml take. What is empty was left out, and is no fault here."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import semver
from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from accounts.addresses import is_address, parse_address
from common.links import web_address
from common.text import clean_line, clean_text
from marketplace.files.errors import BadPathError
from marketplace.files.paths import clean_path

PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"  # of a name, as the catalogue and its addresses take it
MOST_LIST = 50  # words of one list
MOST_AMOUNT = 61  # characters of a number: 30 digits before the point and 30 after it
MOST_ROYALTY, MOST_RESALE_ROYALTY, ALL = 3_000, 1_000, 10_000  # in 1/10,000
BIGINT_MAX = 2**63 - 1
MOST_VERSION, MOST_TERM = 32, 32  # characters; bytes
_AMOUNT = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?")
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")


def bps_of(percent: str) -> int:
    """Return per cent, written as text, in 1/10,000; nothing is none."""
    whole, _point, part = percent.partition(".")
    return int(whole or 0) * 100 + int(f"{part:0<2}"[:2] or 0)


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _text(value: object) -> object:
    return clean_text(value) if isinstance(value, str) else value


def _number(value: object) -> object:
    """Take a whole number as the text that it is; what has a point may have lost digits already."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(value, float):
        raise ValueError(_("Write the number in quotes, such as “0.25”, so that no digit of it is lost."))
    return str(value)


def _amount(text: str) -> str:
    if not _AMOUNT.fullmatch(text):
        raise ValueError(_("Write a number such as 0.25, with a point before its fraction and nothing else in it."))
    return text


def _percent(most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not _PERCENT.fullmatch(text) or bps_of(text) > most:
            words = {"most": most // 100}
            raise ValueError(
                _("Write per cent such as 2.5, of at most %(most)s and with at most two decimals.") % words
            )
        return text

    return check


def _name(text: str) -> str:
    if not re.fullmatch(f"({PART}/)?{PART}", text):
        raise ValueError(
            _("A name is written like “owner/model”: letters, digits, and “_”, “.” or “-” after the first, 96 at most.")
        )
    return text


def _full_name(text: str) -> str:
    if "/" not in _name(text):
        raise ValueError(_("Name the model with its owner, like “owner/model”."))
    return text


def _version(text: str) -> str:
    if len(text) > MOST_VERSION or not semver.Version.is_valid(text) or "+" in text:
        raise ValueError(
            _("A version has three numbers, like 1.2.0, and may end like -rc.1 while it is no stable one.")
        )
    return text


def _task(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", text):
        raise ValueError(_("A task is written in small letters with hyphens, like “text-generation”."))
    return text


def _web(text: str) -> str:
    if not web_address(text):
        raise ValueError(_("Write an address that begins with https:// or http://."))
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError(_("A language is given by its code, like “eng” or “de”."))
    return text


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(_("This is no address: 0x and 40 digits are wanted, and its capitals have to fit."))
    return parse_address(text)


def _currency(text: str) -> str:
    if is_address(text):
        return parse_address(text)
    if not re.fullmatch(r"[A-Za-z0-9.$₮-]{1,11}", text):
        raise ValueError(_("Name a currency by its symbol, like ETH, or by the address of its token."))
    return text


def _path(text: str) -> str:
    try:
        return clean_path(text)
    except BadPathError as error:
        raise ValueError(str(error.detail)) from error


def _sha256(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ValueError(_("A sha256 has 64 digits of 0–9 and a–f."))
    return text


def _each_once(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _term(text: str) -> str:
    term = text.lower()
    if not re.fullmatch(r"[^\W_]+", term) or len(term.encode()) > MOST_TERM:
        raise ValueError(_("A search term is one word of letters and digits, of at most 32 bytes."))
    return term


def _bounded(most: int) -> Any:
    return StringConstraints(max_length=most)


def _unless_empty(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text: check(text) if text else text)


Line = Annotated[str, _bounded(120), BeforeValidator(_line)]
Recipe = Annotated[str, _bounded(2_000), BeforeValidator(_text)]
Summary = Annotated[str, _bounded(300), BeforeValidator(_line)]
Example = Annotated[str, _bounded(500), BeforeValidator(_text)]
Name = Annotated[str, _bounded(193), _unless_empty(_name), BeforeValidator(_line)]
FullName = Annotated[str, _bounded(193), _unless_empty(_full_name), BeforeValidator(_line)]
Semantic = Annotated[str, _unless_empty(_version), BeforeValidator(_line)]
Task = Annotated[str, _bounded(64), _unless_empty(_task), BeforeValidator(_line)]
Licence = Annotated[str, _bounded(64), BeforeValidator(_line)]
Web = Annotated[str, _bounded(500), _unless_empty(_web), BeforeValidator(_line)]
Address = Annotated[str, _bounded(42), _unless_empty(_address), BeforeValidator(_line)]
Symbol = Annotated[str, _bounded(42), _unless_empty(_currency), BeforeValidator(_line)]
Amount = Annotated[str, _bounded(MOST_AMOUNT), _unless_empty(_amount), BeforeValidator(_line), BeforeValidator(_number)]
Path = Annotated[str, _bounded(255), _unless_empty(_path)]
Sha256 = Annotated[str, _bounded(64), _unless_empty(_sha256), BeforeValidator(_line)]
Card = Annotated[str, _bounded(100_000), BeforeValidator(_text)]
Prose = Annotated[str, _bounded(20_000), BeforeValidator(_text)]
Words = Annotated[list[Line], AfterValidator(_each_once), Field(max_length=MOST_LIST)]
Languages = Annotated[
    list[Annotated[str, _bounded(35), AfterValidator(_language), BeforeValidator(_line)]],
    AfterValidator(_each_once),
    Field(max_length=200),
]
Terms = Annotated[
    list[Annotated[str, _bounded(32), AfterValidator(_term), BeforeValidator(_line)]],
    AfterValidator(_each_once),
    Field(max_length=8),
]
Addresses = Annotated[
    list[Annotated[str, _bounded(42), AfterValidator(_address), BeforeValidator(_line)]],
    AfterValidator(_each_once),
    Field(max_length=1_000),
]
Count = Annotated[int, Field(ge=0, le=BIGINT_MAX)]

_OF_PERCENT = (_bounded(6), BeforeValidator(_line), BeforeValidator(_number))
Share = Annotated[str, _unless_empty(_percent(ALL)), *_OF_PERCENT]
Royalty = Annotated[str, _unless_empty(_percent(MOST_ROYALTY)), *_OF_PERCENT]
ResaleRoyalty = Annotated[str, _unless_empty(_percent(MOST_RESALE_ROYALTY)), *_OF_PERCENT]
