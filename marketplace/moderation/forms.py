"""The forms that a moderator fills in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ProseField, WholeNumberField
from marketplace.ground.decisions import MOST_REASON, Category


class SuspensionForm(forms.Form):
    """For how long a listing is suspended; an empty form ends its suspension."""

    days = WholeNumberField(
        label=_("Days"), min_value=1, max_value=30, initial=7, help_text=_("At most 30; then it may be sold again.")
    )


class ShowForm(forms.Form):
    """Why a listing is shown again."""

    reason = ProseField(
        label=_("Reason"),
        max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        help_text=_("It is public and stays in the log for ever. Name no private person."),
    )


class HideForm(ShowForm):
    """Why a listing is hidden."""

    field_order = ["category", "reason"]

    category = forms.ChoiceField(
        label=_("Category"),
        choices=[("", _("Choose one")), *Category.choices],
        help_text=_("With malware and unlawful nobody can run it any more; else those who bought access still can."),
    )
