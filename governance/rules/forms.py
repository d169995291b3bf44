"""What the guardian types to stop something."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

PAUSE_WORD = "PAUSE"
STOP_WORD = "STOP"


class _Confirmed(forms.Form):
    """A form that wants a word typed, so that nobody stops anything by a slip."""

    word = ""
    confirm = forms.CharField(max_length=16, strip=True)

    def clean_confirm(self) -> str:
        """Compare the word, whatever its case."""
        said: str = self.cleaned_data["confirm"]
        if said.upper() != self.word:
            raise forms.ValidationError(_("Type %(word)s to confirm.") % {"word": self.word})
        return said


class PauseForm(_Confirmed):
    """For how many days sales are to be paused; ``most`` is what the rules allow."""

    word = PAUSE_WORD
    days = forms.IntegerField(min_value=1)

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["days"]
        assert isinstance(field, forms.IntegerField)  # noqa: S101  for the type checker
        self.fields["days"] = forms.IntegerField(min_value=1, max_value=max(1, most))


class StopForm(_Confirmed):
    """Which proposal is to be stopped."""

    word = STOP_WORD
    number = forms.IntegerField(min_value=1, max_value=2**63 - 1)
