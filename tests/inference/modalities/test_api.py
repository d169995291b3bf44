"""Any JSON that a version's input schema allows, answered by its output schema."""

from __future__ import annotations

import base64
import io
import json
import time
import wave
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has none
import pytest
from django.test import Client
from PIL import Image

from accounts.models import User
from inference.modalities.running import Senses
from inference.models import Call, CallState, UsageWindow
from inference.sense_kinds import SENSES, short_sound, small_picture
from marketplace.demo.interfaces import INTERFACES

pytestmark = [pytest.mark.xdist_group("senses"), pytest.mark.usefixtures("senses")]
PATIENCE = 240  # seconds, on a machine that does a lot besides


def infer(client: Client, listing: str, **asked: Any) -> tuple[int, dict[str, Any]]:
    """Ask, and look again until there is an answer; return the status and the body."""
    body = json.dumps({"input": asked})
    answer = client.post(f"/api/v1/listings/{listing}/infer", body, content_type="application/json")
    ends = time.monotonic() + PATIENCE
    while answer.status_code == 202:
        assert time.monotonic() < ends
        assert answer["Retry-After"] == "1"
        assert answer.json()["state"] in ("starting", "waiting")
        answer = client.get(answer["Location"])
    return answer.status_code, answer.json()


def png(width: int, height: int, mode: str = "RGB") -> str:
    written = io.BytesIO()
    Image.new(mode, (width, height)).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def wav(seconds: float, rate: int = 16_000, channels: int = 1, width: int = 2) -> str:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(int(seconds * rate) * channels * width))
    return base64.b64encode(written.getvalue()).decode()


@pytest.mark.parametrize("kind", list(SENSES))
def test_each_answers_its_sample_by_its_schema(client: Client, listed: dict[str, str], kind: str) -> None:
    status, told = infer(client, listed[kind], **SENSES[kind].sample())
    assert status == 200, told
    jsonschema.validate(told["output"], INTERFACES[kind]["output"])
    assert told["state"] == "done"
    call = Call.objects.get()
    assert (call.state, call.engine, str(call.pk)) == (CallState.DONE, kind, told["id"])
    assert call.first_token_ms is not None
    assert sum(UsageWindow.objects.filter(scope="all").values_list("spent", flat=True)) == call.prompt_tokens > 0
    # Who lost it on the way may fetch it once more, and nobody else; it is counted once.
    assert client.get(f"/api/v1/answers/{call.pk}").json()["output"] == told["output"]
    other = Client()
    other.force_login(User.objects.create(address="0x" + "77" * 20))
    assert other.get(f"/api/v1/answers/{call.pk}").status_code == 404
    assert sum(UsageWindow.objects.filter(scope="all").values_list("spent", flat=True)) == call.prompt_tokens


def test_a_version_says_what_it_takes(client: Client, listed: dict[str, str]) -> None:
    told = client.get(f"/api/v1/listings/{listed['classes']}/interface").json()
    assert told["version"] == "1.0.0"
    assert {"input": told["input"], "output": told["output"]} == INTERFACES["classes"]
    for each in INTERFACES.values():
        jsonschema.Draft202012Validator.check_schema(each["input"])
        jsonschema.Draft202012Validator.check_schema(each["output"])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "picture"),
        ({"picture": 7}, "picture"),
        ({"picture": "%%%"}, "picture"),
        ({"picture": ""}, "picture"),
        ({"picture": None}, "picture"),
        ({"picture": "AAAA", "count": 0}, "count"),
        ({"picture": "AAAA", "count": 1e308}, "count"),
        ({"picture": "AAAA", "count": True}, "count"),
        ({"picture": "AAAA", "count": "5"}, "count"),
        ({"picture": "AAAA", "count": 2.5}, "count"),
        ({"picture": "AAAA", "path": "/etc/passwd"}, "path"),
        ({"picture": "A" * 5_133_340}, "picture"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(sorted(value))[:40],
)
def test_what_does_not_fit_the_schema_is_refused_by_name(
    client: Client, listed: dict[str, str], asked: dict[str, Any], field: str
) -> None:
    status, told = infer(client, listed["classes"], **asked)
    assert status == 422
    assert [each["field"] for each in told["errors"]] == [field]
    assert not Call.objects.exists()


def test_numbers_that_are_none_and_bodies_that_are_no_json(client: Client, listed: dict[str, str]) -> None:
    path = f"/api/v1/listings/{listed['classes']}/infer"
    for body in ('{"input": {"picture": "AAAA", "count": NaN}}', '{"input": ', "[]", '{"input": []}'):
        assert client.post(path, body, content_type="application/json").status_code in (400, 422)
    assert client.post(path, {"picture": "x"}).status_code == 415
    assert client.post("/api/v1/listings/nobody/nothing/infer", "{}", content_type="application/json").status_code in (
        404,
        422,
    )


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("AAAA", "no-picture"),
        (png(50_000, 50_000, "1"), "too-many-pixels"),
        (png(8_001, 10), "too-many-pixels"),
        (png(2, 2), "too-small"),
        (short_sound(), "no-picture"),
        (base64.b64encode(base64.b64decode(small_picture())[:60]).decode(), "no-picture"),
        (base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(), "no-picture"),
        (base64.b64encode(b"GIF89a" + b"\xff" * 400).decode(), "no-picture"),
    ],
    ids=["bytes", "bomb", "wide", "tiny", "sound", "cut", "svg", "gif"],
)
def test_hostile_pictures_are_refused_and_not_counted(
    client: Client, listed: dict[str, str], file: str, reason: str
) -> None:
    status, told = infer(client, listed["classes"], picture=file)
    assert (status, told["code"], told["reason"]) == (422, "unreadable-input", reason)
    assert Call.objects.get().state == CallState.FAILED
    assert not UsageWindow.objects.filter(spent__gt=0).exists()


def endless() -> str:
    """Return a WAV whose header says that four gigabytes follow, and that holds a second."""
    read = bytearray(base64.b64decode(wav(1)))
    read[4:8] = read[40:44] = b"\xff\xff\xff\xff"
    return base64.b64encode(read).decode()


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("AAAA", "no-wav"),
        (small_picture(), "no-wav"),
        (wav(0.01), "too-short"),
        (wav(121, 8_000), "too-long"),
        (wav(1, 4_000), "odd-sound"),
        (wav(1, channels=3), "odd-sound"),
        (wav(1, 192_000), "odd-sound"),
    ],
    ids=["bytes", "picture", "short", "long", "slow", "three", "fast"],
)
def test_hostile_sounds_are_refused(client: Client, listed: dict[str, str], file: str, reason: str) -> None:
    status, told = infer(client, listed["speech"], audio=file)
    assert (status, told["reason"]) == (422, reason)


def test_a_sound_is_as_long_as_it_is_not_as_it_says(client: Client, listed: dict[str, str]) -> None:
    status, told = infer(client, listed["speech"], audio=endless())
    assert status in (200, 422)
    assert status == 422 or told["output"]["seconds"] == 1.0


def test_a_signed_in_page_has_to_carry_its_token(listed: dict[str, str]) -> None:
    strict = Client(enforce_csrf_checks=True)
    path, body = f"/api/v1/listings/{listed['classes']}/infer", json.dumps({"input": {}})
    assert strict.post(path, body, content_type="application/json").status_code == 422
    strict.force_login(User.objects.create(address="0x" + "78" * 20))
    assert strict.post(path, body, content_type="application/json").status_code == 403


def test_who_asks_with_nobody_behind_the_door_is_told_to_wait(
    client: Client, listed: dict[str, str], settings: Any
) -> None:
    settings.ENGINES = settings.ENGINES | {"classes": {"url": "http://127.0.0.1:9/v1", "key": "x", "streams": 1}}
    status, told = infer(client, listed["classes"], picture=small_picture())
    assert (status, told["code"]) == (503, "warming-up")
    assert Call.objects.get().state == CallState.FAILED


def test_an_answer_that_nobody_asked_for(client: Client, listed: dict[str, str], senses: Senses) -> None:
    answer = client.get("/api/v1/answers/00000000-0000-4000-8000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "answer-gone")
    assert senses.find("nothing") is None
