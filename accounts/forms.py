"""The forms that the wallet script sends."""

from django import forms

from common.forms import WholeNumberField

from .fields import AddressField

SIGNATURE = r"^0x([0-9a-fA-F]{2})*\Z"  # not $, which lets a newline stand behind it


class NonceForm(forms.Form):
    """Who wants to sign in, and the chain that the wallet is on."""

    address = AddressField()
    chain_id = WholeNumberField(min_value=1, max_value=2**63 - 1)


class SignInForm(forms.Form):
    """The message, byte for byte, and the signature; a smart account's signature may be long."""

    # Unstripped: with a blank less it is another text, and the signature does not fit.
    message = forms.CharField(max_length=2_000, strip=False)
    signature = forms.RegexField(SIGNATURE, max_length=20_000, strip=False)
