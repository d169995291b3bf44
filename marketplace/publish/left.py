"""What is left of a draft at a glance, from its own row: for a list of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from .models import Draft

WANTED: tuple[tuple[str, StrOrPromise], ...] = (
    ("name", gettext_lazy("a name")),
    ("summary", gettext_lazy("a summary")),
    ("task", gettext_lazy("a task")),
    ("license", gettext_lazy("a licence")),
)


@dataclass(frozen=True)
class Left:
    """A draft with the number of its files that are here."""

    draft: Draft
    files: int

    @property
    def name(self) -> str:
        """Its model's name; empty while it has none."""
        return str(self._model.get("name", "")).rpartition("/")[2]

    @property
    def _model(self) -> dict[str, Any]:
        model = self.draft.manifest.get("model")
        return model if isinstance(model, dict) else {}

    @property
    def missing(self) -> list[str]:
        """What it has not yet, in words."""
        missing = [str(word) for key, word in WANTED if not self._model.get(key)]
        priced = self.draft.manifest.get("plans") or self.draft.manifest.get("rates") or self.draft.listing
        return missing if priced else [*missing, _("a price")]

    @property
    def of(self) -> int:
        """How many things it needs."""
        return len(WANTED) + 1

    @property
    def done(self) -> int:
        """How many of them it has."""
        return self.of - len(self.missing)

    @property
    def said(self) -> str:
        """What is left, in a sentence."""
        if self.draft.published_at:
            return _("Nothing: it is listed.")
        held = ngettext("%(n)s file.", "%(n)s files.", self.files) % {"n": self.files} if self.files else ""
        if not self.missing:
            return " ".join(filter(None, [_("A last look, and your signature."), held]))
        words = _("It wants %(things)s.") % {"things": get_text_list(self.missing, _("and"))}
        return " ".join(filter(None, [words, held]))
