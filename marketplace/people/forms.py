"""What people say about themselves."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.forms import LineField, ProseField
from common.links import web_address

from .models import MOST_BIO, MOST_DOMAIN, MOST_LINK, MOST_LINKS, MOST_NAME


class ProfileForm(forms.Form):
    """A profile: each part may be empty."""

    name = LineField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=MOST_NAME,
        help_text=gettext_lazy("What you call yourself. It stands beside your address and proves nothing."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    bio = ProseField(
        label=gettext_lazy("About you"),
        required=False,
        max_length=MOST_BIO,
        help_text=gettext_lazy("In Markdown. Everybody can read it."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    links = ProseField(
        label=gettext_lazy("Links"),
        required=False,
        max_length=MOST_LINKS * (MOST_LINK + 2),
        help_text=gettext_lazy("Up to five addresses that begin with https://, each on its own line."),
        widget=forms.Textarea(attrs={"rows": 3, "inputmode": "url"}),
    )

    def clean_links(self) -> list[str]:
        """Return the addresses, each once."""
        links = list(dict.fromkeys(filter(None, map(str.strip, str(self.cleaned_data["links"]).splitlines()))))
        if len(links) > MOST_LINKS:
            raise ValidationError(_("At most five links are kept."))
        for link in links:
            if len(link) > MOST_LINK or not link.lower().startswith("https://") or not web_address(link):
                raise ValidationError(_("Each link begins with https:// and has at most 200 characters."))
        return links


class DomainForm(forms.Form):
    """A domain that somebody says is theirs."""

    domain = LineField(
        label=gettext_lazy("Your domain"),
        max_length=MOST_DOMAIN,
        help_text=gettext_lazy("Such as example.org, without a path."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "autocapitalize": "none"}),
    )
