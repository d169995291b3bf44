"""The forms of a dispute, for its buyer and its moderator."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import LineField, ProseField

from .evidence import MOST_EVIDENCE


class DisputeForm(forms.Form):
    """What is wrong with a purchase."""

    text = ProseField(max_length=MOST_EVIDENCE)


class RulingForm(forms.Form):
    """For whom a moderator rules, and why."""

    BUYER, SELLER = "buyer", "seller"
    ruling = forms.ChoiceField(choices=[(BUYER, _("For the buyer")), (SELLER, _("For the seller"))])
    # In characters, for the field; the action counts bytes.
    reason = LineField(max_length=100)
