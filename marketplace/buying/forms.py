"""The forms that a buyer fills in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.fields import AddressField
from common.errors import DomainError
from contracts.names import COIN
from marketplace.onchain.models.listings import Plan

from .errors import InvalidOrderError, RecipientMistypedError, ReferrerMistypedError

MOST_PERIODS, MOST_PASSES = 12, 100


class BuyForm(forms.Form):
    """Which access, for how long, and that the licence is accepted."""

    plan = forms.TypedChoiceField(
        choices=[(plan.value, plan.label) for plan in (Plan.LASTING, Plan.SUBSCRIPTION)], coerce=int
    )
    periods = forms.IntegerField(min_value=1, max_value=MOST_PERIODS, required=False)
    passes = forms.IntegerField(min_value=1, max_value=MOST_PASSES, required=False)
    # Stripped, since people paste it into links.
    referrer = AddressField(strip=True, required=False)
    accept = forms.BooleanField(required=False)

    def clean_referrer(self) -> str:
        """Return the referrer's address, the zero address for none."""
        return self.cleaned_data["referrer"] or COIN

    @property
    def refusal(self) -> DomainError:
        """What to say of it where it is not filled in well."""
        return ReferrerMistypedError() if "referrer" in self.errors else InvalidOrderError()

    @property
    def quantity(self) -> int:
        """How many units of the plan: periods of a subscription, or passes."""
        units = "periods" if self.cleaned_data["plan"] == Plan.SUBSCRIPTION else "passes"
        return self.cleaned_data[units] or 1


class GiftForm(BuyForm):
    """The same for somebody else."""

    recipient = AddressField(strip=True)

    @property
    def refusal(self) -> DomainError:
        """What to say of it where it is not filled in well."""
        return RecipientMistypedError() if "recipient" in self.errors else super().refusal

    def clean_recipient(self) -> str:
        """Return the address; the zero address would stand for the buyer."""
        if self.cleaned_data["recipient"] == COIN:
            raise forms.ValidationError(_("This is the zero address, which belongs to nobody."))
        return str(self.cleaned_data["recipient"])


class PromptForm(forms.Form):
    """Which of the wallet's windows is meant: the last that the page knows of, or none."""

    prompt = forms.RegexField(r"^[0-9a-f]{32}\Z", required=False)


class OpenForm(PromptForm):
    """The same, with the signature that allows the price to be taken, where there is one."""

    # EIP-2612 takes r, s and v: 65 bytes.
    signature = forms.RegexField(r"^0x[0-9a-fA-F]{130}\Z", required=False)
    # Whether the wallet sends several calls as one (EIP-5792).
    batch = forms.BooleanField(required=False)


class SentForm(forms.Form):
    """The hash that a wallet gave."""

    tx_hash = forms.RegexField(
        r"^0x[0-9a-fA-F]{64}\Z", error_messages={"invalid": _("This is not a transaction's hash.")}
    )
