"""The forms of gates: asking, answering, and the seller's settings."""

from __future__ import annotations

from django import forms
from django.http import QueryDict

from accounts.fields import AddressField
from common.forms import LineField, ProseField
from marketplace.listings.gates import MOST_REASON, MOST_TERMS

from .models import MOST_TEXT


class AskForm(forms.Form):
    """Why somebody wants a model, and that they accept its terms."""

    text = ProseField(max_length=MOST_TEXT, required=False)
    agreed = forms.BooleanField(required=False)


class DecideForm(forms.Form):
    """Requests, what becomes of them, and a word to who asked."""

    APPROVE, DECLINE, REOPEN = "approve", "decline", "reopen"
    ids = forms.TypedMultipleChoiceField(coerce=int, required=False)
    act = forms.ChoiceField(choices=[(each, each) for each in (APPROVE, DECLINE, REOPEN)])
    answer = LineField(max_length=MOST_REASON, required=False)

    def __init__(self, data: QueryDict) -> None:
        """Take any numbers: the action knows whose they are."""
        super().__init__(data)
        sent = data.getlist("ids")[:1_000]
        numbers = [each for each in sent if each.isdecimal() and len(each) < 19]
        self.fields["ids"].choices = [(each, each) for each in numbers]  # type: ignore[attr-defined]


class GateForm(forms.Form):
    """Whether a model is gated, what to say in a request, and what to accept."""

    is_on = forms.BooleanField(required=False)
    wants = LineField(max_length=MOST_REASON, required=False)
    terms = ProseField(max_length=MOST_TERMS, required=False)


class RuleForm(forms.Form):
    """What is said of one address."""

    address = AddressField()
    allows = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])
    reason = LineField(max_length=MOST_REASON, required=False)
