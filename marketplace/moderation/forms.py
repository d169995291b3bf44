"""The forms that a moderator fills in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.restrictions import Scope
from common.forms import ProseField, WholeNumberField
from marketplace.ground.cases import Source
from marketplace.ground.contents import Subject
from marketplace.ground.decisions import MOST_REASON, Action, Category, Content
from marketplace.ground.rules import choices

from .reasons import find_reason, reasons_for
from .wishes import Wish, offered

EVERY = ("", _("All"))
MOST_DAYS = 365
SHOWN = [("open", _("Open")), ("mine", _("Mine")), ("waiting", _("Waiting"))]
TITLES: dict[Action, StrOrPromise] = {
    Action.NOTHING: _("No action"),
    Action.LABEL: _("Label it"),
    Action.HIDE: _("Hide it"),
    Action.SUSPEND: _("Suspend on chain"),
    Action.PAUSE: _("Pause the account"),
    Action.SHOW: _("Show it again"),
}
HINTS: dict[Action, StrOrPromise] = {
    Action.NOTHING: _("Everything stays as it is"),
    Action.LABEL: _("It stays, and its page says what is wrong"),
    Action.HIDE: _("Until a moderator shows it again"),
    Action.SUSPEND: _("Up to 30 days, needs a second moderator"),
    Action.PAUSE: _("Up to a year, needs a second moderator"),
    Action.SHOW: _("As it was before"),
}
LEFT_OUT: dict[Action, StrOrPromise] = {
    Action.HIDE: _("Leave these reviews out"),
    Action.SHOW: _("Count these reviews after all"),
}
TAKEN_OUT = (Content.REVIEW, Content.ANSWER, Content.COMMENT)


class QueueForm(forms.Form):
    """Which cases are listed."""

    show = forms.ChoiceField(choices=SHOWN, required=False)
    source = forms.ChoiceField(label=_("Source"), choices=[EVERY, *Source.choices], required=False)
    content = forms.ChoiceField(label=_("About"), choices=[EVERY, *Content.choices], required=False)
    category = forms.ChoiceField(label=_("Category"), choices=[EVERY, *Category.choices], required=False)


class DecisionForm(forms.Form):
    """A decision about one content: what is offered depends on how it stands now."""

    action = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    canned = forms.ChoiceField(label=_("Canned reason"), required=False)
    category = forms.ChoiceField(label=_("Category"), required=False)
    rule = forms.ChoiceField(label=_("Rule"), required=False)
    reason = ProseField(
        label=_("Reason, the owner reads it"),
        required=False,
        max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("It is public and stays for ever. Name no private person."),
    )
    days = WholeNumberField(
        label=_("For how many days, if suspended or paused"), required=False, min_value=1, max_value=MOST_DAYS
    )
    scopes = forms.MultipleChoiceField(
        label=_("What is paused"), choices=Scope.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    meanwhile = forms.BooleanField(label=_("Hide it for 24 hours until a second moderator answers"), required=False)

    def __init__(self, *args: Any, subject: Subject, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = offered(subject)
        actions: list[tuple[str, StrOrPromise]] = [(each, title_of(each, subject.content)) for each in found]
        self._choose("action", actions)
        self._choose("category", [("", _("None")), *Category.choices])
        self._choose("rule", [("", _("The category’s own")), *choices()])
        self.canned_reasons = reasons_for(subject.content)
        self._choose("canned", [("", _("Write your own")), *((each.key, each.title) for each in self.canned_reasons)])
        if Action.SUSPEND not in found and Action.PAUSE not in found:
            del self.fields["days"]
        if Action.PAUSE not in found:
            del self.fields["scopes"]
        if Action.HIDE not in found:
            del self.fields["meanwhile"]

    def _choose(self, name: str, options: Sequence[tuple[str, StrOrPromise]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = options

    def clean(self) -> dict[str, Any]:
        """Take what is left open from the canned reason that was chosen."""
        sent: dict[str, Any] = super().clean() or self.cleaned_data
        canned = find_reason(str(sent.get("canned", "")))
        if canned:
            for name in ("reason", "category", "rule"):
                sent[name] = sent.get(name) or getattr(canned, name if name != "reason" else "text")
        if not sent.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Write down the reason, or choose a canned one."))
        return sent

    def wish(self) -> Wish:
        """Return what was filled in."""
        sent = self.cleaned_data
        return Wish(
            action=Action(sent["action"]),
            category=sent.get("category", ""),
            rule=sent.get("rule", ""),
            reason=sent.get("reason", ""),
            days=sent.get("days") or 0,
            scopes=sent.get("scopes") or (),
        )


class AnswerForm(forms.Form):
    """Why a second moderator declines."""

    pending = WholeNumberField(widget=forms.HiddenInput)
    reason = ProseField(
        label=_("Why you decline"), required=False, max_length=MOST_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


def title_of(action: Action, content: str) -> StrOrPromise:
    """Return an action as one does it to a kind of content."""
    if content == Content.BURST and action in LEFT_OUT:
        return LEFT_OUT[action]
    if action == Action.HIDE and content in TAKEN_OUT:
        return _("Take it out")
    if action == Action.SHOW and content == Content.ACCOUNT:
        return _("Let it do everything again")
    return TITLES[action]
