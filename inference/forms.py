"""The forms of MiniLM's playground: two texts, or a text and lines."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from common.forms import ProseField
from common.text import clean_text

from .models import Mode

MAX_LINES = 100
MAX_TEXT = 2_000  # characters


def _text(label: StrOrPromise, rows: int, limit: int = MAX_TEXT, hint: StrOrPromise = "") -> ProseField:
    area = forms.Textarea(attrs={"rows": rows})
    return ProseField(label=label, max_length=limit, widget=area, help_text=hint)


class LinesForm(forms.Form):
    """A text, and what to compare with it, a line each."""

    text = _text(_("What you look for"), 2)
    lines = _text(_("Lines to search, one text a line"), 6, 10_000)

    def clean_lines(self) -> list[str]:
        """Return the lines that hold something."""
        lines = [line for typed in self.cleaned_data["lines"].split("\n") if (line := clean_text(typed))]
        if len(lines) > MAX_LINES:
            raise forms.ValidationError(_("Give at most %(most)s lines.") % {"most": MAX_LINES})
        return lines


class SimilarityForm(LinesForm):
    """Two texts."""

    text = _text(_("One text"), 3)
    lines = _text(_("Another text"), 3)

    def clean_lines(self) -> list[str]:
        """Return the other text as the one line that it is."""
        return [self.cleaned_data["lines"]]


class RerankForm(LinesForm):
    """A question and candidates."""

    text = _text(_("The question"), 2)
    lines = _text(_("Candidate answers, one a line"), 6, 10_000)


class ZeroShotForm(LinesForm):
    """A text and labels."""

    text = _text(_("The text"), 3)
    lines = _text(_("Labels to choose from, one a line"), 4)


FORMS: dict[str, type[LinesForm]] = {
    Mode.EMBEDDINGS: LinesForm,
    Mode.SIMILARITY: SimilarityForm,
    Mode.RERANK: RerankForm,
    Mode.ZERO_SHOT: ZeroShotForm,
}
