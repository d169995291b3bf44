"""What people fill in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from marketplace.onchain.models.base import COIN, Plan
from marketplace.returns.evidence import MOST_EVIDENCE

from .decisions import MOST_REASON, Category

MOST_PERIODS, MOST_PASSES = 12, 100
ADDRESS = r"^0x[0-9a-fA-F]{40}$"
HASH = r"^0x[0-9a-f]{64}$"


class BuyForm(forms.Form):
    """Which access, for how long, and that the licence is accepted."""

    plan = forms.TypedChoiceField(
        choices=[(plan.value, plan.label) for plan in (Plan.LASTING, Plan.SUBSCRIPTION)], coerce=int
    )
    periods = forms.IntegerField(min_value=1, max_value=MOST_PERIODS, required=False)
    passes = forms.IntegerField(min_value=1, max_value=MOST_PASSES, required=False)
    referrer = forms.RegexField(ADDRESS, required=False)
    accept = forms.BooleanField(required=False)

    def clean_referrer(self) -> str:
        """Return the referrer's address as the chain has it, the zero address for none."""
        return (self.cleaned_data["referrer"] or COIN).lower()

    @property
    def quantity(self) -> int:
        """How many units of the plan: periods of a subscription, or passes."""
        units = "periods" if self.cleaned_data["plan"] == Plan.SUBSCRIPTION else "passes"
        return self.cleaned_data[units] or 1


class PromptForm(forms.Form):
    """Which of the wallet's windows is meant: the last that the page knows of, or none."""

    prompt = forms.RegexField(r"^[0-9a-f]{32}$", required=False)


class OpenForm(PromptForm):
    """The same, with the signature that allows the price to be taken, where there is one."""

    signature = forms.RegexField(r"^0x[0-9a-fA-F]{130}$", required=False)


class SentForm(forms.Form):
    """The hash that a wallet gave."""

    tx_hash = forms.RegexField(
        r"^0x[0-9a-fA-F]{64}$", error_messages={"invalid": _("This is not a transaction's hash.")}
    )


class DisputeForm(forms.Form):
    """What is wrong with a purchase."""

    text = forms.CharField(max_length=MOST_EVIDENCE)


class RulingForm(forms.Form):
    """For whom a moderator rules, and why."""

    BUYER, SELLER = "buyer", "seller"
    ruling = forms.ChoiceField(choices=[(BUYER, _("For the buyer")), (SELLER, _("For the seller"))])
    reason = forms.CharField(max_length=100)


class SuspensionForm(forms.Form):
    """For how long a listing is suspended; nothing ends its suspension."""

    days = forms.IntegerField(
        label=_("Days"), min_value=1, max_value=30, initial=7, help_text=_("At most 30; then it may be sold again.")
    )


class CreditForm(forms.Form):
    """Which currency to withdraw."""

    token = forms.RegexField(ADDRESS)

    def clean_token(self) -> str:
        """Return the token's address as the chain has it."""
        return str(self.cleaned_data["token"]).lower()


class BucketForm(forms.Form):
    """Which bucket to distribute."""

    model_id = forms.RegexField(HASH)
    split_hash = forms.RegexField(HASH)
    day = forms.IntegerField(min_value=0)
    token = forms.RegexField(ADDRESS, required=False)


class ReferralForm(forms.Form):
    """Which of a referrer's buckets to distribute."""

    token = forms.RegexField(ADDRESS)
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
