"""What the wizard asks, in words: each field's label, hint and reason, with what stands in it and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from marketplace.manifest.problems import check

from .fields import BY_NAME, Field, field_at, of_step, value_of

LABELS: dict[str, StrOrPromise] = {
    "name": _("Name of the model"),
    "version": _("Version"),
    "changelog": _("What is new in this version"),
    "summary": _("Summary, in a sentence or two"),
    "task": _("Task"),
    "license": _("Licence"),
    "license_url": _("Where your licence can be read"),
    "languages": _("Languages"),
    "tags": _("Words that it can be found by"),
    "parameters": _("Parameters"),
    "context": _("Tokens that it reads at once"),
    "architecture": _("Architecture"),
    "libraries": _("Libraries that run it"),
    "modalities": _("Kinds of data"),
    "training": _("How it was made"),
    "examples": _("Questions that one may ask it"),
    "parent": _("The model that it was made from"),
    "text": _("Card"),
    "pass_price": _("Price of a pass"),
    "pass_currency": _("Currency of a pass"),
    "month_price": _("Price of 30 days"),
    "month_currency": _("Currency of 30 days"),
    "in_per_m": _("1,000,000 tokens read"),
    "out_per_m": _("1,000,000 tokens written"),
    "rates_currency": _("Currency of metered use"),
    "splits": _("Who shares what it earns"),
    "royalty": _("Part for the model that it was made from, %"),
    "mode": _("Who can buy"),
    "allow": _("Addresses that may buy"),
    "deny": _("Addresses that may not"),
    "transfers": _("Holders may give passes away"),
    "resale": _("Holders may sell passes on"),
    "resale_royalty": _("Your part of a resale, %"),
    "tokens": _("Tokens"),
    "days": _("in so many days"),
    "streams": _("Answers at once"),
    "terms": _("Terms of your own, besides the licence"),
}
HINTS: dict[str, StrOrPromise] = {
    "name": _("Letters, digits, “.”, “_” and “-”. It is part of its address and stays for good."),
    "version": _("Three numbers, as 1.0.0; 1.1.0-rc.1 is one to try before it is stable."),
    "languages": _("Codes, with commas between them: eng, deu"),
    "tags": _("With commas between them."),
    "libraries": _("With commas between them: Transformers, llama.cpp"),
    "modalities": _("With commas between them: text, image, audio"),
    "license_url": _("An address that begins with https://"),
    "parent": _("Its name here, as owner/model; empty where there is none."),
    "examples": _("One a line. The checks ask them, and buyers see the answers."),
    "royalty": _("Of what is left after the fee, for ever; at most 30."),
    "allow": _("One a line."),
    "deny": _("One a line."),
    "resale_royalty": _("At most 10."),
    "terms": _("Shown before one buys. Most models need none."),
}
WHYS: dict[str, StrOrPromise] = {
    "summary": _("Rows of the catalogue show it, and search reads it."),
    "task": _("Most buyers look for a task first: without it they do not see the model."),
    "license": _("Buyers have to accept it, and companies cannot use a model without one."),
    "languages": _("Who looks for a language finds only models that name it."),
    "parameters": _("It tells what machine the model needs."),
    "context": _("It tells how long a text it can work on."),
    "libraries": _("It makes the commands that load the model ready to copy."),
    "training": _("It is what careful buyers ask first, and one of the eight facts."),
    "text": _("What it is good for, what it is not, and how it was tried: it sells more than a price."),
}


@dataclass(frozen=True)
class Input:
    """A field as it is shown. ``source`` is the file that said its value."""

    field: Field
    value: str
    fault: str = ""
    source: str = ""

    @property
    def name(self) -> str:
        """The name of its input."""
        return self.field.name

    @property
    def label(self) -> StrOrPromise:
        """What it is."""
        return LABELS[self.name]

    @property
    def hint(self) -> StrOrPromise:
        """How to write it."""
        return HINTS.get(self.name, "")

    @property
    def why(self) -> StrOrPromise:
        """Why it matters, where nothing is there yet."""
        return "" if self.value else WHYS.get(self.name, "")

    @property
    def lines(self) -> list[str]:
        """The rows of a value that has some."""
        return self.value.split("\n") if self.value else []

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Address and per cent of each who shares."""
        return [
            (a, b) for a, _blank, b in (line.rpartition(" ") if " " in line else (line, "", "") for line in self.lines)
        ]


def inputs_of(
    manifest: Mapping[str, Any], step: str, filled: Mapping[str, str], faults: Mapping[str, str]
) -> dict[str, Input]:
    """Return the inputs of a step by their names; ``filled`` says which file said what, by the manifest's paths."""
    return {
        field.name: Input(field, value_of(manifest, field), faults.get(field.name, ""), filled.get(field.path, ""))
        for field in of_step(step)
    }


def faults_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with what a manifest says, a sentence for each field that has something."""
    _whole, problems = check(dict(manifest))
    found: dict[str, str] = {}
    for problem in problems:
        name = field_at(manifest, problem.place)
        if name in BY_NAME:
            found.setdefault(name, problem.says)
    return found
