"""What a voter fills in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from common.forms import ProseField
from governance.onchain.models.proposals import Support
from governance.relay.messages import MOST_REASON


class BallotForm(forms.Form):
    """A choice, and a reason, which stands on chain for ever."""

    support = forms.TypedChoiceField(choices=Support.choices, coerce=int, label=gettext_lazy("Your choice"))
    reason = ProseField(max_length=MOST_REASON, required=False, label=gettext_lazy("Reason"))


class SignedBallotForm(BallotForm):
    """The same with its signature; a smart account's may be long."""

    signature = forms.CharField(max_length=20_000, label=gettext_lazy("Signature"))
