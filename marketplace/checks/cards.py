"""The check of a model's name and card: whether buyers can tell what it is, and whether its text plays fair."""

from __future__ import annotations

import re
from typing import BinaryIO, cast

from django.utils.translation import gettext as _

from common.text import with_hidden_shown
from marketplace.files.blobs import Blob
from marketplace.listings.models import LISTING_NAME

from .verdicts import Given, Verdict, of_problems

MOST_CARD = 256 * 2**10
LEAST_CARD = 80
MOST_NAME = 96
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}")
# Drawn as nothing, and yet at home in many texts: joiners, the choice of an emoji's form, soft hyphens, a first mark.
COMMON = re.compile("[\u200c\u200d\ufe0e\ufe0f\u00ad\ufeff]")
TAGS = re.compile(
    r"<\s{0,4}(script|iframe|object|embed|style|svg|math|form|input|button|link|meta|base|img|video|audio)\b",
    re.IGNORECASE,
)
LINKS = re.compile(r"\]\(\s{0,4}<?([A-Za-z][A-Za-z0-9+.-]{0,20}):", re.ASCII)
WEB = re.compile(r"https?://([^\s/)>\]\"']{1,253})", re.IGNORECASE)
FAIR = ("http", "https", "mailto")
# What is written for a program that reads the card, and not for people.
ORDERS = re.compile(
    r"(?i)\b(?:ignore|disregard|forget)\s{1,3}(?:all\s{1,3}|any\s{1,3}|the\s{1,3})?(?:previous|prior|above|earlier|system)\s{1,3}"
    r"(?:instructions?|prompts?|messages?|rules)|<\|(?:im_start|system|endoftext)\|>|\[/?INST\]|<<SYS>>"
)


def judge_card(given: Given) -> Verdict:
    """Return whether the name has its form, the card says enough, and nothing is hidden in its text."""
    said = given.inspection.said
    card, summary = _card_of(given), str(said("model", "summary"))
    bad, odd = [], []
    if not _is_name(given.name):
        bad.append(_("The model has no name yet, or one that no address can hold: letters, digits, “.”, “_” and “-”."))
    if not summary and not card.strip():
        bad.append(_("There is neither a summary nor a card: say in a sentence what the model does."))
    elif len(card.strip()) < LEAST_CARD:
        odd.append(
            _("The card is very short. Buyers look for what it was made for, how it was tested and where it fails.")
        )
    if missing := _missing(given):
        odd.append(_("Not stated: %(names)s.") % {"names": ", ".join(missing)})
    odd += _tricks(f"{summary}\n{card}")
    return of_problems(bad, odd, _("Name and card are complete, and nothing is hidden in their text."))


def _card_of(given: Given) -> str:
    """Return the card: of the manifest, else of the file that it names, else of README.md."""
    if given.card:
        return given.card[:MOST_CARD]
    path = str(given.inspection.said("card", "path") or "README.md")
    sha256 = given.inspection.paths.get(path)
    blob = Blob.objects.filter(pk=sha256).first() if sha256 else None
    if blob is None:
        return ""
    with blob.open() as file:
        content = cast("BinaryIO", file).read(MOST_CARD)
    return re.sub(r"\A---\n.*?\n---\n", "", content.decode(errors="replace"), count=1, flags=re.DOTALL)


def _is_name(name: str) -> bool:
    pattern = LISTING_NAME if "/" in name else MODEL_NAME.pattern
    return bool(re.fullmatch(pattern, name)) and all(len(part) <= MOST_NAME for part in name.split("/"))


def _missing(given: Given) -> list[str]:
    """Return the names of what buyers look for, and nobody has said."""
    said, facts = given.inspection.said, given.facts
    looked_for = {
        _("task"): said("model", "task") or facts.get("task"),
        _("languages"): said("model", "languages") or facts.get("languages"),
        _("size"): said("model", "parameters") or facts.get("parameters") or not given.inspection.files,
    }
    return [str(name) for name, value in looked_for.items() if not value]


def _tricks(text: str) -> list[str]:
    """Return what of a text is dropped or is not meant for its readers, a sentence each."""
    told = []
    bare = COMMON.sub("", text)
    if hidden := with_hidden_shown(bare).count("[U+") - bare.count("[U+"):
        told.append(_("%(n)s characters that nobody can see are taken out of the text.") % {"n": hidden})
    if tags := sorted({found[1].lower() for found in TAGS.finditer(text)}):
        told.append(_("HTML is shown as it is written, and does nothing: %(tags)s.") % {"tags": ", ".join(tags)})
    if schemes := sorted({found[1].lower() for found in LINKS.finditer(text)} - set(FAIR)):
        told.append(_("Links of these kinds are taken out: %(kinds)s.") % {"kinds": ", ".join(schemes)})
    hosts = {found[1].lower().rpartition("@")[2] for found in WEB.finditer(text)}
    if odd := sorted(host for host in hosts if not host.isascii() or "xn--" in host):
        told.append(
            _("Some links lead to addresses whose letters are easily confused: %(hosts)s.")
            % {"hosts": ", ".join(odd[:3])}
        )
    if ORDERS.search(text):
        told.append(_("It holds orders to programs that read the card. They are shown to people as they are."))
    return told
