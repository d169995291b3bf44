"""Forms about notices."""

from __future__ import annotations

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

MOST_ADDRESS = 254  # characters: of a path in SMTP (RFC 5321)


class MailForm(forms.Form):
    """Where somebody wants mail."""

    address = forms.CharField(
        label=_("Mail address"),
        max_length=MOST_ADDRESS,
        validators=[EmailValidator(_("This is not a mail address: it has a name, an @ and a domain with a dot."))],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        help_text=_("Nothing is sent there until you follow the link in a first mail."),
    )
