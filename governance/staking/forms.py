"""How much one stakes or takes back, and whom rewards go to."""

from __future__ import annotations

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import AddressField
from contracts.models import Chain
from contracts.names import COIN
from governance.ground.lattice import lattice_of
from governance.onchain.models.proposals import SENTINEL
from marketplace.selling.terms_forms import to_units

GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?")  # as this site writes amounts: whoever copies one is understood


class AmountForm(forms.Form):
    """An amount of whole LATTICE, or ``all`` of it; ``units`` is in the smallest unit, None for all."""

    amount = forms.CharField(label=gettext_lazy("How much LATTICE"), max_length=60, required=False)
    all = forms.BooleanField(required=False)

    def __init__(self, data: object, *, chain: Chain) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict, or a mapping in tests
        self.chain = chain

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if said.get("all"):
            return {"units": None}
        text = str(said.get("amount", "")).strip()
        if not text:
            raise ValidationError(_("Say how much."))
        units = to_units(text.replace(",", "") if GROUPED.fullmatch(text) else text, lattice_of(self.chain))
        if units <= 0:
            raise ValidationError(_("Say how much: more than nothing."))
        return {"units": units}


class ClaimForm(forms.Form):
    """Whom the coin goes to; oneself where it says nothing."""

    recipient = AddressField(strip=True, required=False, label=gettext_lazy("To which address"), max_length=60)

    def clean_recipient(self) -> str:
        recipient = str(self.cleaned_data["recipient"])
        if recipient in (COIN, SENTINEL):
            raise ValidationError(_("Nobody has the key to this address: what goes there is lost."))
        return recipient
