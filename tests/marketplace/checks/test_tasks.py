"""From files and a manifest to results: in any order, twice, and after a kill."""

from __future__ import annotations

import math
import struct
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from marketplace.checks import tasks
from marketplace.checks.actions import CHECK_SUBJECT, forget_checks, keep_checks, recheck, start_checks
from marketplace.checks.finding import blocking, checks_of, facts_of
from marketplace.checks.models import Check, CheckState, Inspection
from marketplace.checks.verdicts import Verdict
from marketplace.files.blobs import storage
from marketplace.ground.cases import Case
from tests.marketplace.formats import made

from .bringing import AUTHOR, DRAFT, FOLDER, MANIFEST, altered, bring, kept, row, run_tasks

pytestmark = pytest.mark.django_db


def test_a_sound_folder_passes() -> None:
    checked = bring()
    assert [(each.name, each.state, each.says) for each in checked.groups if each.state != CheckState.PASSED] == []
    assert checked.is_done
    assert checked.blocking == [] == blocking(DRAFT)
    assert checked.percent == 100
    assert checked.summary == "All checks passed."
    facts = facts_of(DRAFT)
    assert facts.get("parameters") == 4
    assert facts.sources["parameters"] == "model.safetensors"
    assert facts.get("languages") == ["en", "de"]


def test_the_same_again_does_nothing() -> None:
    bring()
    start_checks(subject=DRAFT, files=[(p, kept(c)) for p, c in FOLDER.items()], manifest=MANIFEST, author=AUTHOR)
    assert OrmQ.objects.count() == 0
    # Another card has the subject checked, and not its files.
    other = altered("model", "summary", value="Something else.")
    start_checks(subject=DRAFT, files=[(p, kept(c)) for p, c in FOLDER.items()], manifest=other, author=AUTHOR)
    assert [each.task["func"] for each in OrmQ.objects.all()] == [CHECK_SUBJECT]
    assert blocking(DRAFT) == ["7 checks are not finished yet."]
    assert run_tasks() == 1
    assert blocking(DRAFT) == []


def test_what_was_never_given_is_not_listed() -> None:
    assert blocking("draft:none") == ["It has not been checked yet."]


def test_a_pickle_is_refused_and_how_to_convert_it_is_said() -> None:
    content = b"\x80\x02cos\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03."
    checked = bring({**FOLDER, "model.safetensors": content})
    assert row(checked, "content").state == CheckState.FAILED
    assert "safetensors.torch.save_file" in row(checked, "content").says
    assert row(checked, "files").state == CheckState.FAILED
    case = Case.objects.get()
    assert (case.key, case.source, case.facts["signs"]) == (AUTHOR, "scan", ["os.system"])
    # A case that is decided stays so.
    Case.objects.update(closed_at=timezone.now())
    bring({**FOLDER, "model.safetensors": content}, altered("model", "summary", value="Else"))
    assert Case.objects.count() == 1


def test_secrets_are_found_and_never_repeated() -> None:
    token = "hf_" + "A1b2C3d4" * 4 + "Zz"
    checked = bring({**FOLDER, "notes.txt": f"first\ntoken: {token}\n".encode(), ".env": b"A=1\n"})
    found = row(checked, "secrets")
    assert found.state == CheckState.FAILED
    assert "notes.txt, line 2" in found.says
    assert ".env" in found.says
    assert not any(token in f"{each.says}{each.found}" for each in Check.objects.all())


def test_bytes_that_have_changed_or_gone_fail() -> None:
    bring()
    blob = kept(FOLDER["config.json"])
    Path(storage().path(blob.key)).write_bytes(b"{}")
    Check.objects.filter(name="hash").delete()
    recheck(subject=DRAFT)
    run_tasks()
    assert "not what was sent" in row(checks_of(DRAFT), "hash").says
    storage().delete(blob.key)
    recheck(subject=DRAFT)
    run_tasks()
    assert "gone from the store" in row(checks_of(DRAFT), "hash").says


def test_what_stands_still_begins_again() -> None:
    start_checks(subject=DRAFT, files=[(p, kept(c)) for p, c in FOLDER.items()], manifest=MANIFEST, author=AUTHOR)
    OrmQ.objects.all().delete()  # a task was lost, and another one killed in the middle
    Check.objects.filter(name="hash").update(state=CheckState.RUNNING, started_at=timezone.now() - timedelta(hours=1))
    tasks.look()
    assert OrmQ.objects.count() == 0
    Check.objects.update(created_at=timezone.now() - timedelta(hours=1))
    tasks.look()
    run_tasks()
    assert blocking(DRAFT) == []


def test_what_changes_while_it_is_checked_is_checked_again() -> None:
    start_checks(subject=DRAFT, files=[], manifest=MANIFEST, author=AUTHOR)
    inspection = Inspection.objects.get()
    start_checks(subject=DRAFT, files=[], manifest={}, author=AUTHOR)
    tasks._write(DRAFT, "card", Verdict(CheckState.PASSED, "Fine."), key=inspection.key)
    assert Check.objects.get(subject=DRAFT, name="card").state == CheckState.WAITING
    run_tasks()
    assert Check.objects.get(subject=DRAFT, name="card").state == CheckState.FAILED


def test_a_release_keeps_the_results_of_its_draft() -> None:
    bring()
    Check.objects.create(
        subject=DRAFT, name="probe", state=CheckState.PASSED, says="It answers.", ended_at=timezone.now()
    )
    for _each in range(2):
        keep_checks(draft=DRAFT, version="version:somebody/tiny@1.0.0")
    forget_checks(subject=DRAFT)
    checked = checks_of("version:somebody/tiny@1.0.0")
    assert checked.is_done
    assert [each.name for each in checked.groups][-1] == "probe"
    assert not Check.objects.filter(subject=DRAFT).exists()


def test_a_folder_of_downloads_says_so() -> None:
    package = {
        "Tiny.mlpackage/Manifest.json": made.jsoned(
            {"itemInfoEntries": {"A": {"path": "com.apple.CoreML/model.mlmodel"}}, "rootModelIdentifier": "A"}
        ),
        "Tiny.mlpackage/Data/com.apple.CoreML/model.mlmodel": made.coreml(),
        "Tiny.mlpackage/Data/com.apple.CoreML/weights/weight.bin": made.coreml_weights(),
    }
    found = row(bring(package), "files")
    assert found.state == CheckState.PASSED, found.says
    assert found.found["download_only"]
    del package["Tiny.mlpackage/Data/com.apple.CoreML/model.mlmodel"]
    assert "lacks the file" in row(bring(package), "files").says


NUL = {
    "front matter": ("README.md", made.README.replace(b"---\n", b'---\nmodel_name: "a\\0b"\n', 1)),
    "half a character": ("README.md", made.README.replace(b"---\n", b'---\nmodel_name: "a\\ud800b"\n', 1)),
    "a key": ("README.md", made.README.replace(b"---\n", b'---\n"no\\0": a\ntags: ["x\\0"]\n', 1)),
    "configuration": ("config.json", made.jsoned({**made.CONFIG, "architectures": ["a\0b"], "model_type": "\0"})),
    "a gguf's name": ("m.gguf", made.gguf((made.pair("general.name", 8, made.text("a\0b")),))),
    "a gguf's number": ("m.gguf", made.gguf((made.pair("llama.context_length", 6, struct.pack("<f", math.nan)),))),
    "safetensors": (
        "model.safetensors",
        made.headed({"__metadata__": {"a\0": "\0"}, "a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}, b"x"),
    ),
}


@pytest.mark.parametrize("name", NUL)
def test_what_the_database_has_no_place_for_is_kept_as_a_sign_that_it_was_there(name: str) -> None:
    path, content = NUL[name]
    checked = bring({**FOLDER, path: content})
    assert checked.is_done
    assert row(checked, "content").state == CheckState.PASSED, row(checked, "content").says
    assert "\0" not in str(facts_of(DRAFT))
