"""Texts of a model's folder: a README's front matter, which licence a text is, secrets that nobody should sell."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml

from .errors import LIMIT, FormatError
from .errors import marked as _
from .values import FileFacts, Note

KIND, SCRIPT = "text", "script"
MOST_FRONT = 64 * 2**10
MOST_EVENTS = 5_000
MOST_SECRETS = 10
MOST_TEXT = 400
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
# Each has a bound, so no text takes long. The secret itself is never kept: only what it is, and its line.
SECRETS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    "AWS key": re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])"),
    "Hugging Face token": re.compile(r"(?<![A-Za-z0-9])hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9])"),
    "GitHub token": re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,80}|github_pat_[A-Za-z0-9_]{60,100})"),
    "API key": re.compile(r"(?<![A-Za-z0-9])sk-(?:ant-|proj-|or-v1-)?[A-Za-z0-9_-]{40,180}"),
    "Google API key": re.compile(r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    "Slack token": re.compile(r"(?<![A-Za-z0-9])xox[abprs]-[A-Za-z0-9-]{20,100}"),
    "password in an address": re.compile(
        r"(?<![a-z])[a-z]{3,12}://[^\s:/@]{1,64}:[^\s:/@$<{]{6,64}@[A-Za-z0-9.-]{3,100}"
    ),
    "recovery phrase": re.compile(
        r"(?i:mnemonic|seed phrase|recovery phrase)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:[a-z]{3,8} ){11,23}[a-z]{3,8}"
    ),
    "key of a wallet": re.compile(
        r"(?i:private[_ -]?key|secret[_ -]?key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:0x)?[0-9a-fA-F]{64}(?![0-9a-fA-F])"
    ),
}
LICENCES = (
    ("apache-2.0", ("apache license", "version 2.0")),
    ("mit", ("permission is hereby granted, free of charge", "without restriction")),
    ("agpl-3.0", ("gnu affero general public license",)),
    ("lgpl-3.0", ("gnu lesser general public license", "version 3")),
    ("gpl-3.0", ("gnu general public license", "version 3")),
    ("gpl-2.0", ("gnu general public license", "version 2")),
    ("bsd-3-clause", ("redistribution and use in source and binary forms", "neither the name")),
    ("bsd-2-clause", ("redistribution and use in source and binary forms",)),
    ("llama3.3", ("llama 3.3 community license",)),
    ("llama3.2", ("llama 3.2 community license",)),
    ("llama3.1", ("llama 3.1 community license",)),
    ("llama3", ("llama 3 community license",)),
    ("llama2", ("llama 2 community license",)),
    ("gemma", ("gemma terms of use",)),
    ("openrail", ("openrail",)),
    ("cc-by-nc-sa-4.0", ("attribution-noncommercial-sharealike 4.0",)),
    ("cc-by-nc-4.0", ("attribution-noncommercial 4.0",)),
    ("cc-by-sa-4.0", ("attribution-sharealike 4.0",)),
    ("cc-by-4.0", ("attribution 4.0 international",)),
    ("cc0-1.0", ("cc0 1.0 universal",)),
    ("unlicense", ("this is free and unencumbered software",)),
)
LICENCE_HEAD = 6_000  # characters in which a licence says which it is


def read(content: bytes) -> FileFacts:
    """Return what a text in UTF-8 says; raises FormatError where it is none."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise FormatError(_("It is no text in UTF-8, and nothing else that is known here.")) from error
    if "\x00" in text:
        raise FormatError(_("It looks like a text and holds bytes that no text has."))
    said: dict[str, Any] = {"characters": len(text)}
    notes = list(secret_notes(text))
    if front := front_matter(text):
        said["front"] = front
    if licence := licence_of_text(text):
        said["licence_text"] = licence
    is_script = text.startswith("#!")
    if is_script:
        notes.append(Note("script", _("It is a script. It is never run here; read it before you run it.")))
    return FileFacts(SCRIPT if is_script else KIND, said, tuple(notes))


def secret_notes(text: str) -> list[Note]:
    """Return where secrets stand in a text, without them."""
    notes = []
    for what, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            values = {"what": what, "line": text.count("\n", 0, found.start()) + 1}
            notes.append(Note("secret", _("Line %(line)s holds what looks like a secret (%(what)s)."), values))
            if len(notes) >= MOST_SECRETS:
                return notes
    return notes


def licence_of_text(text: str) -> str:
    """Return the id of the licence that a text is; "" where it is none that is known."""
    head = " ".join(text[:LICENCE_HEAD].lower().split())
    return next((licence for licence, marks in LICENCES if all(mark in head for mark in marks)), "")


def front_matter(text: str) -> dict[str, Any]:
    """Return what stands in YAML before a README's text, as text, lists of text and true or false.

    Raises FormatError where it is too large, refers to itself or is no YAML: such a file is made to be read wrongly.
    """
    if not text.lstrip("\ufeff").startswith("---"):
        return {}
    found = _FRONT.match(text[: MOST_FRONT + 100])
    if not found:
        if _FRONT.match(text):
            raise FormatError(_("What stands before its text is too long to be read."), code=LIMIT, kind=KIND)
        return {}
    try:
        value = _Plain(found[1]).get_single_data()
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError, TypeError) as error:
        raise FormatError(_("What stands before its text is no YAML that can be read."), kind=KIND) from error
    return {str(key)[:80]: _plain(each) for key, each in list(value.items())[:100]} if isinstance(value, dict) else {}


class _Plain(yaml.SafeLoader):
    """YAML without what makes little text large: no aliases, no merges, and a bound on its parts."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.parts = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.parts += 1
        if self.parts > MOST_EVENTS or self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias, or too many parts")
        return super().compose_node(parent, index)


def _plain(value: Any) -> Any:
    """Return a value of the front matter as JSON has it, and no longer than anybody needs."""
    if isinstance(value, (list, tuple)):
        return [str(each)[:MOST_TEXT] for each in value[:200] if isinstance(each, (str, int, float, bool, date))]
    if isinstance(value, bool):
        return value
    return str(value)[:MOST_TEXT] if isinstance(value, (str, int, float, date)) else ""
