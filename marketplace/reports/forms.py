"""The forms of reports, notices and appeals. The actions check again what they take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

from accounts.notifications.forms import MOST_ADDRESS
from common.forms import LineField, ProseField
from common.links import MOST, web_address
from marketplace.ground.decisions import Category

from .models import MOST_LOCATIONS, MOST_NAME, MOST_TEXT
from .reporting import Said

CHOOSE = ("", _("Choose one"))


class EvidenceField(forms.CharField):
    """An address of the web, or nothing."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Link to evidence"),
            required=False,
            max_length=MOST,
            widget=forms.TextInput(attrs={"inputmode": "url", "spellcheck": "false", "autocomplete": "off"}),
            help_text=_("Optional: a page that shows it."),
        )

    def clean(self, value: Any) -> str:
        """Return the address."""
        text: str = super().clean(value)
        if text and not web_address(text):
            raise forms.ValidationError(_("A link begins with https:// or http://, and holds no blanks."))
        return text


class MailField(forms.CharField):
    """The mail address of somebody without a wallet."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Your mail address"),
            max_length=MOST_ADDRESS,
            validators=[EmailValidator(_("This is not a mail address: it has a name, an @ and a domain with a dot."))],
            widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
            error_messages={"required": _("Give your mail address, or sign in with your wallet.")},
            **options,
        )


class ReportForm(forms.Form):
    """What is wrong with a content."""

    category = forms.ChoiceField(
        label=_("What is wrong"),
        choices=[CHOOSE, *Category.choices],
        error_messages={"required": _("Choose what fits best.")},
    )
    text = ProseField(
        label=_("What you saw"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What is against the rules, and where. Only moderators read it; the author never does."),
        error_messages={"required": _("Say what you saw.")},
    )
    evidence = EvidenceField()

    def said(self) -> Said:
        """Return what was said, once the form is valid."""
        data = self.cleaned_data
        return Said(Category(data["category"]), data["text"], data["evidence"])


class MailReportForm(ReportForm):
    """The same from somebody without a wallet."""

    mail = MailField(
        help_text=_(
            "We send a link there. The report counts once you have followed it, and you hear what became of it."
        )
    )


class NoticeForm(forms.Form):
    """A notice of something unlawful, with the fields of article 16 of the Digital Services Act."""

    locations = ProseField(
        label=_("Where it is"),
        max_length=MOST_LOCATIONS,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("The exact address of the page on this site, one a line. The first one is what is decided about."),
        error_messages={"required": _("Give the address of the page.")},
    )
    category = forms.ChoiceField(
        label=_("What is unlawful about it"),
        choices=[
            CHOOSE,
            (Category.UNLAWFUL, _("It is a crime, or breaks another law")),
            (Category.LICENCE, _("It breaks a copyright or a licence")),
            (Category.MALWARE, _("It harms the machine of whoever uses it")),
            (Category.DECEPTIVE, _("It defrauds people")),
        ],
        error_messages={"required": _("Choose what fits best.")},
    )
    text = ProseField(
        label=_("Why it is unlawful"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Explain it so that somebody who was not there understands, and name the law if you know it."),
        error_messages={"required": _("Explain why it is unlawful.")},
    )
    evidence = EvidenceField()
    exempt = forms.BooleanField(
        label=_("It is about the sexual abuse of children, so I give no name and no mail address"), required=False
    )
    name = LineField(
        label=_("Your name"),
        max_length=MOST_NAME,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("Of a person or of an organisation."),
    )
    mail = MailField(required=False, help_text=_("Where we confirm that we got it, and tell what was decided."))
    good_faith = forms.BooleanField(
        label=_("I believe in good faith that what this notice says is accurate and complete."),
        error_messages={"required": _("Without this the law does not let us take it as a notice.")},
    )

    def __init__(self, *args: Any, needs_mail: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        self.needs_mail = needs_mail
        if not needs_mail:
            del self.fields["mail"]

    def clean(self) -> dict[str, Any]:
        """Ask for name and mail address, unless the notice is of an offence that needs neither."""
        data = super().clean() or {}
        if data.get("exempt"):
            if data.get("category") not in (None, Category.UNLAWFUL):
                self.add_error("exempt", _("Only a notice of such a crime may go without a name: choose that above."))
            return {**data, "name": "", "mail": ""}
        if not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("The law asks for your name."))
        if self.needs_mail and not data.get("mail") and "mail" not in self.errors:
            self.add_error("mail", _("The law asks for your mail address."))
        return data

    def said(self) -> Said:
        """Return what was said, once the form is valid."""
        data = self.cleaned_data
        return Said(
            Category(data["category"]),
            data["text"],
            data["evidence"],
            is_notice=True,
            name=data["name"],
            locations=data["locations"],
        )


class AppealForm(forms.Form):
    """Why a decision is wrong."""

    text = ProseField(
        label=_("Why the decision is wrong"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("You can appeal once. Somebody else than who decided reads it."),
        error_messages={"required": _("Say why the decision is wrong.")},
    )
