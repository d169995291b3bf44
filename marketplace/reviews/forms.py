"""What people fill in about a model that they bought, and sellers about a review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import ProseField
from marketplace.scores.models import LEAST, MOST, MOST_TEXT, PARTS
from marketplace.scores.said import Said

MOST_SIGNATURE = 20_000  # characters; a smart account's may be long


class ReviewForm(forms.Form):
    """A rating, and what else one wants to say."""

    rating = forms.IntegerField(
        min_value=LEAST, max_value=MOST, error_messages={"required": _("Choose a rating from 1 to 5.")}
    )
    text = ProseField(max_length=MOST_TEXT, required=False)
    version = forms.CharField(max_length=32, required=False)
    delivers = forms.IntegerField(min_value=LEAST, max_value=MOST, required=False)
    speed = forms.IntegerField(min_value=LEAST, max_value=MOST, required=False)
    worth = forms.IntegerField(min_value=LEAST, max_value=MOST, required=False)
    support = forms.IntegerField(min_value=LEAST, max_value=MOST, required=False)
    also = forms.BooleanField(required=False)

    @property
    def said(self) -> Said:
        """What is said, of a form that is valid."""
        given: dict[str, Any] = {name: self.cleaned_data[name] for name in ("rating", "text", "version", *PARTS)}
        return Said(**given)


class SignedReviewForm(ReviewForm):
    """The same with its signature, and the number of the edition that was signed."""

    number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    signature = forms.CharField(max_length=MOST_SIGNATURE)


class AnswerForm(forms.Form):
    """What a seller answers."""

    text = ProseField(max_length=MOST_TEXT, error_messages={"required": _("Write a few words.")})
