"""Any JSON that a version's input schema allows, answered by its output schema."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import struct
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has none
import pytest
from django.test import Client
from PIL import Image, ImageDraw

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
        (lambda: "AAAA", "no-picture"),
        (lambda: png(50_000, 50_000, "1"), "too-many-pixels"),
        (lambda: png(8_001, 10), "too-many-pixels"),
        (lambda: png(2, 2), "too-small"),
        (lambda: short_sound(), "no-picture"),
        (lambda: base64.b64encode(base64.b64decode(small_picture())[:60]).decode(), "no-picture"),
        (lambda: base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'/>").decode(), "no-picture"),
        (lambda: base64.b64encode(b"GIF89a" + b"\xff" * 400).decode(), "no-picture"),
    ],
    ids=["bytes", "bomb", "wide", "tiny", "sound", "cut", "svg", "gif"],
)
def test_hostile_pictures_are_refused_and_not_counted(
    client: Client, listed: dict[str, str], file: Callable[[], str], reason: str
) -> None:
    status, told = infer(client, listed["classes"], picture=file())
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
        (lambda: "AAAA", "no-wav"),
        (lambda: small_picture(), "no-wav"),
        (lambda: wav(0.01), "too-short"),
        (lambda: wav(121, 8_000), "too-long"),
        (lambda: wav(1, 4_000), "odd-sound"),
        (lambda: wav(1, channels=3), "odd-sound"),
        (lambda: wav(1, 192_000), "odd-sound"),
    ],
    ids=["bytes", "picture", "short", "long", "slow", "three", "fast"],
)
def test_hostile_sounds_are_refused(
    client: Client, listed: dict[str, str], file: Callable[[], str], reason: str
) -> None:
    status, told = infer(client, listed["speech"], audio=file())
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


def test_what_is_read_aloud_is_written_down_again(client: Client, listed: dict[str, str]) -> None:
    said = "The meeting moves to Monday at ten. Please bring the figures."
    status, told = infer(client, listed["voice"], text=said)
    assert status == 200
    sound = told["output"]["audio"]
    with wave.open(io.BytesIO(base64.b64decode(sound))) as file:
        assert (file.getframerate(), file.getnchannels()) == (24_000, 1)
        assert abs(file.getnframes() / 24_000 - told["output"]["seconds"]) < 0.1
    heard = infer(client, listed["speech"], audio=sound)[1]["output"]
    assert {"meeting", "monday", "figures"} <= set(heard["text"].lower().replace(".", "").split())
    assert [each["start"] for each in heard["segments"]] == sorted(each["start"] for each in heard["segments"])
    talking = infer(client, listed["talking"], audio=sound)[1]["output"]["speech"]
    assert len(talking) == 2
    assert infer(client, listed["talking"], audio=wav(2))[1]["output"]["speech"] == []
    for nothing in ("\u4f60\u597d", "\u200b \u2060"):
        assert infer(client, listed["voice"], text=nothing)[0] == 422
    assert infer(client, listed["voice"], text="word", pace=9)[0] == 422


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("the meeting moves to monday at ten and who comes brings figures " * 12, 200),
        ("7" * 60, 200),
        ("9876543 1234567 " * 50, 422),
        ("z9" * 400, 422),
    ],
    ids=["one-sentence", "digits", "numbers", "one-word"],
)
def test_no_text_is_said_in_one_breath_that_is_too_long(
    client: Client, listed: dict[str, str], senses: Senses, text: str, status: int
) -> None:
    found, told = infer(client, listed["voice"], text=text[:800])
    assert found == status, told
    assert status == 200 or told["reason"] == "too-long-said"
    child = senses._senses["voice"].child
    assert child
    kept = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{child.pid}/status").read_text())
    assert kept
    assert int(kept[1]) < 600_000


def test_words_in_a_picture_are_read_where_they_stand(client: Client, listed: dict[str, str]) -> None:
    sheet, written = Image.new("RGB", (700, 200), "white"), io.BytesIO()
    ImageDraw.Draw(sheet).text((30, 60), "2041: total 1,250.75", fill="black", font_size=48)
    sheet.save(written, "PNG")
    found = infer(client, listed["script"], picture=base64.b64encode(written.getvalue()).decode())[1]["output"]
    assert found["text"] == "2041: total 1,250.75"
    assert (found["width"], found["height"]) == (700, 200)
    assert all(20 <= x <= 500 and 50 <= y <= 130 for x, y in found["lines"][0]["corners"])
    assert infer(client, listed["script"], picture=png(300, 300))[1]["output"]["lines"] == []


def test_french_finds_english(client: Client, listed: dict[str, str]) -> None:
    texts = ["Où est la gare ?", "I like lemons.", "Where is the train station?"]
    found = infer(client, listed["meaning"], texts=texts)[1]["output"]
    assert [len(vector) for vector in found["vectors"]] == [384, 384, 384]
    first, lemons, station = found["closeness"]
    assert first == pytest.approx(1, abs=0.01)
    assert station > lemons + 0.05
    for wrong in ([], ["x"] * 17, ["x" * 601], [""], [7], "text"):
        assert infer(client, listed["meaning"], texts=wrong)[0] == 422


def test_a_sentence_says_its_language(client: Client, listed: dict[str, str]) -> None:
    for text, code in (("Wo ist der Bahnhof?", "de"), ("駅はどこですか", "ja"), ("Gdzie jest dworzec kolejowy?", "pl")):
        found = infer(client, listed["language"], text=text, count=2)[1]["output"]["classes"]
        assert (found[0]["label"], len(found)) == (code, 2)
        assert found[0]["share"] > 0.8


def melody() -> str:
    """Return A4, C5 and E5 of a plucked string, 0.6 seconds each."""
    written, rate = io.BytesIO(), 22_050
    frames = bytearray()
    for pitch in (440.0, 523.25, 659.25):
        for number in range(int(rate * 0.6)):
            time_ = number / rate
            level = sum(math.sin(math.tau * pitch * part * time_) / part for part in (1, 2, 3, 4))
            frames += struct.pack("<h", int(9_000 * level * math.exp(-2 * time_)))
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(frames))
    return base64.b64encode(written.getvalue()).decode()


def test_a_melody_becomes_its_notes(client: Client, listed: dict[str, str]) -> None:
    found = infer(client, listed["notes"], audio=melody())[1]["output"]
    loud = [(each["name"], each["midi"]) for each in found["notes"] if each["strength"] > 0.5]
    assert loud == [("A4", 69), ("C5", 72), ("E5", 76)]
    assert [round(each["start"] / 0.6) for each in found["notes"] if each["strength"] > 0.5] == [0, 1, 2]


def test_a_key_asks_too_and_a_wrong_one_does_not(client: Client, listed: dict[str, str]) -> None:
    path, body = f"/api/v1/listings/{listed['classes']}/infer", json.dumps({"input": {}})
    told = client.post(path, body, content_type="application/json", headers={"Authorization": "Bearer ctr_wrong"})
    assert told.status_code == 401
