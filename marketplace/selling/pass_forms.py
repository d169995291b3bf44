"""What a holder says of its passes: whom they go to, or what they are to cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.fields import AddressField
from contracts.models import Chain

from .terms_forms import CurrencyForm, to_address

MOST_PASSES = 2**32 - 1
MOST_UNIT_PRICE = 2**128 - 1
MOST_DAYS = 365  # that an offer may stand


def _quantity() -> forms.IntegerField:
    return forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=MOST_PASSES)


class TransferForm(forms.Form):
    """Whom passes go to, and how many."""

    recipient = forms.CharField(label=gettext_lazy("To which address"), max_length=60)
    quantity = _quantity()

    def clean_recipient(self) -> str:
        return to_address(self.cleaned_data["recipient"])


class OfferForm(CurrencyForm):
    """What one pass is to cost, how many are offered, and for how many days."""

    quantity = _quantity()
    price = forms.CharField(label=gettext_lazy("Price of one"), max_length=40)
    days = forms.IntegerField(label=gettext_lazy("For how many days"), min_value=1, max_value=MOST_DAYS)

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["price"] = self.amount("price", MOST_UNIT_PRICE)
        return self.cleaned_data

    def deadline(self, chain: Chain) -> int:
        """Return the last second of the offer, since 1970. Two queries."""
        # By the later clock: the contract compares with its block's time, and no offer may be over when it is made.
        start = max(timezone.now(), chain.head_time())
        return int((start + timedelta(days=self.cleaned_data["days"])).timestamp())


class AcceptForm(forms.Form):
    """Whose offer is accepted, for how many, and at what price of one, so that a changed offer is refused."""

    holder = AddressField()
    quantity = _quantity()
    token = AddressField()
    unit_price = forms.DecimalField(min_value=1, max_digits=39, decimal_places=0)
