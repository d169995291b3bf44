"""What people fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from .moderation import MOST_REASON, Category
from .onchain import Plan

MOST_PERIODS = 12
HASH = r"^0x[0-9a-f]{64}$"


class BuyForm(forms.Form):
    """Which access, for how long, and that the licence is accepted."""

    plan = forms.TypedChoiceField(
        choices=[(plan.value, plan.label) for plan in (Plan.LASTING, Plan.SUBSCRIPTION)], coerce=int
    )
    periods = forms.IntegerField(min_value=1, max_value=MOST_PERIODS, required=False)
    accept = forms.BooleanField(required=False)

    @property
    def quantity(self) -> int:
        """How many units of the plan: periods of a subscription, and one pass of the other."""
        return (self.cleaned_data["periods"] or 1) if self.cleaned_data["plan"] == Plan.SUBSCRIPTION else 1


class PromptForm(forms.Form):
    """Which of the wallet's windows is meant: the last that the page knows of, or none."""

    prompt = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


class SentForm(forms.Form):
    """The hash that a wallet gave."""

    tx_hash = forms.RegexField(
        r"^0x[0-9a-fA-F]{64}$", error_messages={"invalid": _("This is not a transaction's hash.")}
    )


class BucketForm(forms.Form):
    """Which bucket to distribute."""

    model_id = forms.RegexField(HASH)
    split_hash = forms.RegexField(HASH)
    day = forms.IntegerField(min_value=0)


class ShowForm(forms.Form):
    """Why a listing is shown again."""

    reason = forms.CharField(
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
