"""Forms that name a credit or a bucket."""

from __future__ import annotations

from django import forms

from accounts.fields import AddressField
from marketplace.ground.patterns import HASH


class CreditForm(forms.Form):
    """Which currency to withdraw."""

    token = AddressField()


class BucketForm(forms.Form):
    """Which bucket to distribute."""

    model_id = forms.RegexField(HASH)
    split_hash = forms.RegexField(HASH)
    day = forms.IntegerField(min_value=0)
    token = AddressField(required=False)


class ReferralForm(forms.Form):
    """Which of a referrer's buckets to distribute."""

    token = AddressField()
    day = forms.IntegerField(min_value=0)
