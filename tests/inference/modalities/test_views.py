"""The form that a schema makes, and answers as what they are."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.test import Client

from inference.modalities.forms import SchemaForm
from inference.modalities.showing import shown
from inference.models import Call, CallState
from inference.sense_kinds import short_sound, small_picture
from marketplace.demo.interfaces import INTERFACES

pytestmark = [pytest.mark.xdist_group("senses"), pytest.mark.usefixtures("senses")]


def picture() -> SimpleUploadedFile:
    return SimpleUploadedFile("square.png", base64.b64decode(small_picture()), "image/png")


def followed(client: Client, answer: Any) -> str:
    """Look again as the page does; return the page with the answer."""
    page, ends = str(answer.content.decode()), time.monotonic() + 240
    while again := re.search(r'hx-get="(/answers/[0-9a-f-]+)"', page):
        assert time.monotonic() < ends
        page = str(client.get(again[1]).content.decode())
    return page


def test_the_form_has_the_fields_of_the_schema(client: Client, listed: dict[str, str]) -> None:
    assert client.get(f"/playground/{listed['classes']}")["Location"] == f"/try/{listed['classes']}"
    page = client.get(f"/try/{listed['classes']}").content.decode()
    assert 'name="picture"' in page
    assert 'name="count"' in page
    assert 'max="20"' in page
    heard = client.get(f"/try/{listed['speech']}").content.decode()
    assert 'accept="audio/*"' in heard
    assert "data-mic" in heard
    assert client.get("/try/nobody/nothing").status_code == 404


def test_a_form_without_a_file_says_what_is_missing(client: Client, listed: dict[str, str]) -> None:
    page = client.post(f"/try/{listed['classes']}", {"count": "99"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"picture", "count"}
    assert not Call.objects.exists()
    assert client.post(f"/try/{listed['speech']}", {}).status_code == 422


def test_why_there_is_no_answer_is_said_where_it_was_awaited(
    client: Client, listed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.modalities.views.WAIT", 0.0)
    broken = SimpleUploadedFile("broken.png", b"no picture", "image/png")
    asked = client.post(f"/try/{listed['classes']}", {"picture": broken})
    assert 'aria-busy="true"' in asked.content.decode()  # it is still to come
    page = followed(client, asked)
    assert 'role="alert"' in page
    assert "That is no picture that can be read here" in page
    assert Call.objects.get().state == CallState.FAILED


def test_classes_are_bars_and_a_table(client: Client, listed: dict[str, str]) -> None:
    page = followed(client, client.post(f"/try/{listed['classes']}", {"picture": picture(), "count": "3"}))
    assert page.count("<progress") == 3
    assert page.count('<th scope="row" class="break">') == 3


def test_what_cannot_be_read_is_said_on_the_form(client: Client, listed: dict[str, str]) -> None:
    client.post(f"/try/{listed['classes']}", {"picture": picture()})  # it is awake
    broken = SimpleUploadedFile("x.png", b"no picture at all", "image/png")
    page = followed(client, client.post(f"/try/{listed['classes']}", {"picture": broken}))
    assert "That is no picture that can be read here" in page


def test_silence_is_no_speech(client: Client, listed: dict[str, str]) -> None:
    sound = SimpleUploadedFile("tone.wav", base64.b64decode(short_sound()), "audio/wav")
    page = followed(client, client.post(f"/try/{listed['speech']}", {"audio": sound}))
    assert "As JSON" in page


def test_a_transcript_has_its_times() -> None:
    said = {"text": "a b", "seconds": 70.0, "segments": [{"start": 65.2, "end": 70.0, "text": "b"}]}
    assert shown(INTERFACES["speech"]["output"], said)["pieces"] == [{"time": "1:05", "text": "b"}]
    assert shown({}, {"x": 1})["part"] == "inference/shown/raw.html"


def test_every_kind_of_field_becomes_one_of_a_form() -> None:
    schema = {
        "type": "object",
        "required": ["text"],
        "properties": {
            "text": {"type": "string", "title": "A text", "minLength": 1, "maxLength": 10},
            "which": {"type": "string", "enum": ["a", "b"], "default": "a"},
            "loud": {"type": "boolean", "default": False},
            "pace": {"type": "number", "minimum": 0.5, "maximum": 2},
            "lines": {"type": "array", "items": {"type": "string"}},
        },
    }
    form = SchemaForm(schema, {"text": "hello", "which": "b", "pace": "1.5", "lines": "one\n\n two"})
    assert form.is_valid()
    assert form.value() == {"text": "hello", "which": "b", "loud": False, "pace": 1.5, "lines": ["one", "two"]}


def test_each_answer_has_its_own_form() -> None:
    def part(kind: str, **said: Any) -> str:
        found = shown(INTERFACES[kind]["output"], said)
        return render_to_string(str(found["part"]), {"shown": found})

    sound = part("voice", audio="UklGRg==", seconds=1.5)
    assert '<audio controls src="data:audio/wav;base64,UklGRg=="' in sound
    line = {"text": "<b>x</b>", "score": 0.9, "corners": [[1, 2], [3, 2], [3, 4], [1.5, 4]]}
    boxes = part("script", text="x", width=1400, height=20, lines=[line])
    assert 'points="1,2 3,2 3,4 1.5,4"' in boxes
    assert 'viewBox="0 0 1400 20"' in boxes
    assert "<b>x" not in boxes
    assert "No words" in part("script", text="", width=1, height=1, lines=[])
    assert part("meaning", vectors=[[0.0] * 384] * 2, closeness=[1.0, 0.5], texts=["a", "b"]).count("<li>") == 1
    assert 'width="500.0"' in part("talking", seconds=2, speech=[{"start": 0.5, "end": 1.5}])
    assert "German" in part("language", classes=[{"label": "de", "share": 0.9}])
    note = {"start": 0.0, "end": 1.0, "midi": 69, "name": "A4", "strength": 0.9}
    assert part("notes", seconds=2, notes=[note]).count("A4") == 2
    assert "No notes" in part("notes", seconds=2, notes=[])
    raw = shown(INTERFACES["meaning"]["output"], {"vectors": [[0.5] * 9], "closeness": [1], "texts": ["a"]})["raw"]
    assert "…" in raw
