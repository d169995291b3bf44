"""What is sent with a comment."""

from __future__ import annotations

from django import forms

from common.forms import ProseField

from .models import MOST_KEY, MOST_ONCE


class CommentForm(forms.Form):
    """A comment on a subject; the text is looked at by the action, which says what is wrong with it."""

    subject = forms.CharField(max_length=16)
    key = forms.CharField(max_length=MOST_KEY)
    answers = forms.CharField(max_length=24, required=False)
    once = forms.CharField(max_length=MOST_ONCE, required=False)
    text = ProseField(required=False, strip=False)
