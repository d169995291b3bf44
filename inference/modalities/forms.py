"""The form of a model, made from the schema that its version declares."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from common.forms import ProseField
from inference.schemas import MOST_FILE, MOST_TEXT, Schema, fields_of, is_file

LINES = {  # what our own models' fields are called; what others declare stands as they wrote it
    "A picture": lambda: _("A picture"),
    "A sound": lambda: _("A sound"),
    "How many classes": lambda: _("How many classes"),
    "How many languages": lambda: _("How many languages"),
    "A text": lambda: _("A text"),
    "Pace": lambda: _("Pace"),
    "Texts, one a line": lambda: _("Texts, one a line"),
    "What they are for": lambda: _("What they are for"),
}


class SchemaForm(forms.Form):
    """Its fields are those of a schema of an object."""

    def __init__(self, schema: Schema, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schema = schema
        # What has to be there first: a document that is kept by its hash has its names in the order of the alphabet.
        required = schema.get("required", ())
        for name, field in sorted(fields_of(schema).items(), key=lambda each: each[0] not in required):
            self.fields[name] = field_of(field, required=name in required)

    def value(self) -> dict[str, Any]:
        """Return what was filled in, as the schema has it; files in base64."""
        found: dict[str, Any] = {}
        for name, field in fields_of(self.schema).items():
            given = self.cleaned_data.get(name)
            if given in (None, "", []):
                continue
            if isinstance(given, UploadedFile):
                found[name] = b64encode(given.read()).decode()
            elif field["type"] == "array":
                found[name] = [line.strip() for line in str(given).split("\n") if line.strip()]
            else:
                found[name] = given
        return found


class SizedFileField(forms.FileField):
    """A file of at most 3.85 MB."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Return the file."""
        given = super().clean(data, initial)
        if given and given.size > MOST_FILE:
            raise forms.ValidationError(_("The file is too large: %(most)s MB at most.") % {"most": MOST_FILE / 1e6})
        return given


def field_of(field: Schema, *, required: bool) -> forms.Field:
    """Return the field of a form for one of a schema."""
    title = str(field.get("title", ""))
    said: dict[str, Any] = {
        "label": LINES.get(title, lambda: title)(),
        "required": required,
        "initial": field.get("default"),
    }
    if is_file(field):
        return _file(field, said)
    if field["type"] in ("integer", "number"):
        bounds: dict[str, Any] = {"min_value": field.get("minimum"), "max_value": field.get("maximum")}
        whole = field["type"] == "integer"
        return (forms.IntegerField if whole else forms.FloatField)(**said, **bounds)
    if field["type"] == "boolean":
        return forms.BooleanField(**{**said, "required": False})
    if "enum" in field:
        return forms.ChoiceField(choices=[(each, each) for each in field["enum"]], **said)
    area = forms.Textarea(attrs={"rows": 5 if field["type"] == "array" else 4})
    return ProseField(max_length=field.get("maxLength", MOST_TEXT), widget=area, **said)


def _file(field: Schema, said: dict[str, Any]) -> forms.Field:
    kind = str(field.get("contentMediaType", ""))
    is_sound = kind.startswith("audio/")
    accept = "audio/*" if is_sound else "image/jpeg,image/png,image/webp" if kind.startswith("image/") else kind
    hint = (
        _("A sound of two minutes at most; without scripts, a WAV file.")
        if is_sound
        else _("JPEG, PNG or WebP, 3.8 MB at most.")
    )
    widget = forms.FileInput(attrs={"accept": accept, "data-kind": "sound" if is_sound else "picture"})
    return SizedFileField(widget=widget, help_text=hint, **{**said, "initial": None})
