"""Which credit or bucket is meant."""

from __future__ import annotations

from django import forms

from marketplace.ground.patterns import ADDRESS, HASH


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
