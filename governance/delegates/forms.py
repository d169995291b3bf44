"""What visitors say on delegates' pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.fields import AddressField
from common.text import clean_text

from .finding import is_beginning

LAST_SECOND = 253_402_300_799  # of the year 9999
MOST_STATEMENT = 6_000  # characters


class DelegateForm(forms.Form):
    """Whom votes go to."""

    delegate = AddressField(strip=True, label=gettext_lazy("Delegate’s address"), max_length=60)


class SignedDelegationForm(DelegateForm):
    """The same with what was signed: its nonce, until when it is good, and the signature."""

    nonce = forms.IntegerField(min_value=0, max_value=2**63)
    expiry = forms.IntegerField(min_value=0, max_value=LAST_SECOND)
    signature = forms.CharField(max_length=1_000)

    def clean_expiry(self) -> datetime:
        return datetime.fromtimestamp(self.cleaned_data["expiry"], UTC)


class SearchForm(forms.Form):
    """What an address begins with, and where the page starts."""

    q = forms.CharField(required=False, max_length=60)
    after = forms.CharField(required=False, max_length=500)

    def clean_q(self) -> str:
        text = str(self.cleaned_data["q"]).strip().lower()
        text = text if not text or text.startswith("0x") else f"0x{text}"
        if not is_beginning(text) and text:
            raise ValidationError(_("An address is 0x and hexadecimal digits: type how it begins."))
        return text


class StatementForm(forms.Form):
    """What a delegate says of itself, in Markdown; nothing takes it back."""

    text = forms.CharField(
        label=gettext_lazy("Your statement"),
        required=False,
        max_length=MOST_STATEMENT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["text"] = clean_text(self.cleaned_data.get("text", ""))
        return self.cleaned_data
