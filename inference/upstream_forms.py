"""The form of a seller's server."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.forms import LineField

from .models import Mode, Upstream
from .upstream_actions import KEY, MOST_COST, checked

MODES = [
    (Mode.CHAT, _("Answers in words (/chat/completions)")),
    (Mode.EMBEDDINGS, _("Gives vectors (/embeddings)")),
]
RETAINS = [("", _("I do not say")), ("no", _("No, it forgets them")), ("yes", _("Yes, it keeps them"))]
MOST_AT_ONCE = 64
MILLION = 1_000_000


class KeyField(forms.CharField):
    """A key: typed unseen, given back to no page, stripped of what a clipboard adds."""

    def __init__(self, **options: Any) -> None:
        typed = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"})
        super().__init__(required=False, max_length=500, widget=typed, **options)

    def clean(self, value: Any) -> str:
        """Return the key. The sentence of a refusal does not repeat it."""
        key: str = super().clean(value)
        if key and not KEY.match(key):
            raise forms.ValidationError(_("That is no key: it holds a blank or a letter outside ASCII."))
        return key


class MicrosField(forms.DecimalField):
    """A number of at most six decimals, as a whole number of millionths."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=MOST_COST // MILLION, decimal_places=6, **options)

    def clean(self, value: Any) -> int | None:
        """Return the millionths, None where nothing is said."""
        found = super().clean(value)
        return None if found is None else int(found * MILLION)

    def prepare_value(self, value: Any) -> Any:
        """Return what stands in the form: what was typed, or what is kept as a number again."""
        return f"{Decimal(value) / MILLION:f}" if isinstance(value, int) else value


class UpstreamForm(forms.Form):
    """Where a server is, what it does, and what its seller says of it."""

    base_url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Of a server that speaks OpenAI’s protocol, such as https://models.example/v1."),
    )
    model = LineField(
        label=_("Model’s name there"),
        max_length=200,
        required=False,
        help_text=_("Leave it out where the server has one model: we ask it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key = KeyField(label=_("Key"), help_text=_("It is encrypted, sent to this server alone, and never shown again."))
    mode = forms.ChoiceField(label=_("What it does"), choices=MODES)
    at_once = forms.IntegerField(
        label=_("Answers at once"), min_value=1, max_value=MOST_AT_ONCE, initial=4, help_text=_("More are not sent.")
    )
    retains = forms.ChoiceField(
        label=_("Does it keep what it is asked?"),
        choices=RETAINS,
        required=False,
        help_text=_("Buyers read what you say here."),
    )
    cost_note = LineField(
        label=_("What an answer costs you"), max_length=200, required=False, help_text=_("A note for yourself.")
    )
    cost_micros = MicrosField(
        label=_("What a million tokens cost you"),
        help_text=_("A number, in what you count in. Who asks for the cheapest gets your cheapest; nobody sees it."),
    )
    free = forms.BooleanField(
        label=_("Let visitors without access try it"),
        required=False,
        help_text=_("Within the site’s free tokens. You bear the cost."),
    )

    def clean_base_url(self) -> str:
        """Return the address that is asked."""
        try:
            return checked(self.cleaned_data["base_url"]).url
        except DomainError as error:
            raise forms.ValidationError(str(error.detail)) from error

    def clean_retains(self) -> bool | None:
        """Return what the seller says, None where they do not."""
        return {"yes": True, "no": False}.get(self.cleaned_data["retains"])


class KeyForm(forms.Form):
    """A key that replaces another."""

    key = KeyField(label=_("New key"), help_text=_("Leave it empty where the server wants none any more."))


def form_of(upstream: Upstream, data: Any = None) -> UpstreamForm:
    """Return the form of a server as it is, without its key."""
    said = {"yes": upstream.retains is True, "no": upstream.retains is False}
    names = ("base_url", "model", "mode", "at_once", "cost_note", "cost_micros", "free")
    now = {name: getattr(upstream, name) for name in names}
    retains = next((word for word, is_so in said.items() if is_so), "")
    form = UpstreamForm(data, initial=now | {"retains": retains}, auto_id="server_%s")
    if upstream.sealed_key:
        form.fields["key"].help_text = _("Leave it empty to keep the one that you gave.")
    return form
