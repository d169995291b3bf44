"""What the wallet script sends."""

from django import forms

ADDRESS = r"^0x[0-9a-fA-F]{40}$"
SIGNATURE = r"^0x([0-9a-fA-F]{2})*$"


class NonceForm(forms.Form):
    """Who wants to sign in, and the chain that the wallet is on."""

    address = forms.RegexField(ADDRESS, strip=False)
    chain_id = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class SignInForm(forms.Form):
    """The message, byte for byte, and the signature; a smart account's signature may be long."""

    message = forms.CharField(max_length=2_000, strip=False)
    signature = forms.RegexField(SIGNATURE, max_length=20_000, strip=False)
