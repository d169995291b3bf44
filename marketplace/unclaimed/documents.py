"""What a document on chain may say: canonical JSON of a known shape. Whatever it holds is somebody's claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import rfc8785
from django.utils.translation import gettext as _

from common import strict_json
from common.text import clean_line, clean_text
from marketplace.files.cids import CID
from marketplace.listings.metadata import MOST_BYTES
from marketplace.listings.models import LISTING_NAME

TASK = r"[a-z0-9]+(-[a-z0-9]+)*"
VERSION = r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}(-[0-9A-Za-z.-]{1,20})?"
MOST_NAME, MOST_TASK, MOST_SUMMARY, MOST_TERMS, MOST_FILES = 193, 64, 500, 20_000, 1_000
SHA256 = r"[0-9a-f]{64}"


class InvalidDocumentError(Exception):
    """It is no document of a model. The message is a sentence for its seller."""


@dataclass(frozen=True)
class Document:
    """What a valid document says. ``said`` is all of it."""

    name: str
    version: str
    task: str
    summary: str
    license: str
    files: int
    card: str
    said: dict[str, Any]


def read_document(content: bytes) -> Document:
    """Return what the bytes say. Raises InvalidDocumentError."""
    if len(content) > MOST_BYTES:
        raise InvalidDocumentError(_("It has more than 256 KiB."))
    said = _loaded(content)
    name = _text(said, "name", MOST_NAME)
    if not re.fullmatch(LISTING_NAME.strip("^$"), name):
        raise InvalidDocumentError(_("Its “name” is no name such as “owner/model”."))
    version, task = _text(said, "version", 32), _text(said, "task", MOST_TASK)
    if not re.fullmatch(VERSION, version):
        raise InvalidDocumentError(_("Its “version” is no semantic version such as “1.0.0”."))
    if not re.fullmatch(TASK, task):
        raise InvalidDocumentError(_("Its “task” is no word such as “text-generation”."))
    summary = clean_line(_text(said, "summary", MOST_SUMMARY))
    clean_text(_text(said, "terms", MOST_TERMS, needed=False))
    card = _text(said, "card", 64, needed=False)
    if card and not re.fullmatch(CID, card):
        raise InvalidDocumentError(_("Its “card” is no CID of version 1."))
    licence = _text(said, "license", 500, needed=False)
    return Document(name, version, task, summary, licence, _files(said), card, said)


def _loaded(content: bytes) -> dict[str, Any]:
    try:
        said = strict_json.loads(content.decode())
        is_canonical = rfc8785.dumps(said) == content
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise InvalidDocumentError(_("It is no well-formed JSON (RFC 8259), or says two things of one key.")) from error
    if not isinstance(said, dict):
        raise InvalidDocumentError(_("It is JSON, and no object."))
    if not is_canonical:
        raise InvalidDocumentError(
            _("It is JSON, and not in the one form that everybody computes the same address from (RFC 8785).")
        )
    return said


def _text(said: dict[str, Any], key: str, most: int, *, needed: bool = True) -> str:
    value = said.get(key, "" if not needed else None)
    if not isinstance(value, str) or len(value) > most or "\x00" in value or (needed and not value.strip()):
        raise InvalidDocumentError(
            _("Its “%(key)s” is missing, no text, or longer than %(most)d letters.") % {"key": key, "most": most}
        )
    return value


def _files(said: dict[str, Any]) -> int:
    files = said.get("files", [])
    if not isinstance(files, list) or len(files) > MOST_FILES or not all(map(_is_file, files)):
        raise InvalidDocumentError(_("Its “files” are no list of paths, each with its size and its sha256."))
    return len(files)


def _is_file(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    path, size, digest = value.get("path"), value.get("size"), value.get("sha256")
    return (
        isinstance(path, str)
        and 0 < len(path) <= 255
        and type(size) is int
        and size >= 0
        and isinstance(digest, str)
        and bool(re.fullmatch(SHA256, digest))
    )


def card_text(content: bytes) -> str | None:
    """Return a card's Markdown; None for what is no text, or has the one character that no column holds."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\x00" in text else text


def says_of_named(named: str) -> str:
    """Return why what a chain names is no document's address, and what to do."""
    if not named:
        return _("The chain names no document. Write one, and name it: ipfs:// and its CID.")
    return _(
        "The chain names “%(named)s”. It has to be ipfs:// and a CID of version 1 of raw bytes, which begins with "
        "“bafkrei”: then anybody can check the document."
    ) % {"named": clean_line(named)[:100]}
