"""A log that was tampered with is found, by the command and by the script that anybody can run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from contracts.models import AnchorFact, Chain
from marketplace.ground.decisions import Action
from marketplace.ground.log import LogEntry, LogSalt, hash_of, write_entry
from marketplace.reports import verify_log as script
from marketplace.reports.anchors import KIND
from marketplace.reports.verification import verify_log
from tests.factories.reports import decide

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> list[LogEntry]:
    """Six entries, as they were."""
    hidden = decide()
    made = [write_entry(hidden), *(write_entry(decide()) for _ in range(3))]
    return [*made, write_entry(decide(Action.SHOW, undoes=hidden)), write_entry(decide())]


def sql(statement: str, *given: str | int) -> None:
    """Change what nobody may change: with the triggers off, as whoever owns the database can."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table marketplace_logentry disable trigger user")
        cursor.execute("set session_replication_role = replica")
        cursor.execute(statement, given)
        cursor.execute("set session_replication_role = origin")
        cursor.execute("alter table marketplace_logentry enable trigger user")


def export(client: Client) -> str:
    return b"".join(client.get("/moderation/log.jsonl")).decode()


def rewrite(number: int) -> None:
    """Change an entry and hash all after it anew, as whoever owns the database can."""
    previous = LogEntry.objects.get(number=number).previous
    for entry in LogEntry.objects.filter(number__gte=number).order_by("number"):
        payload = entry.payload.replace('"hide"', '"label"') if entry.number == number else entry.payload
        digest = hash_of(previous, payload)
        values = (payload, previous, digest, entry.number)
        sql("update marketplace_logentry set payload = %s, previous = %s, hash = %s where number = %s", *values)
        previous = digest


def swap() -> None:
    sql("update marketplace_logentry set number = 100 where number = 2")
    sql("update marketplace_logentry set number = 2 where number = 3")
    sql("update marketplace_logentry set number = 3 where number = 100")


def forge() -> None:
    sql("update marketplace_logentry set payload = replace(payload, 'spam', 'other') where number = 3")


TAMPERED: dict[str, Callable[[], object]] = {
    "changed": forge,
    "a digit of a hash": lambda: sql("update marketplace_logentry set hash = '0x' || repeat('1', 64) where number = 6"),
    "missing": lambda: sql("delete from marketplace_logentry where number = 3"),
    "the first missing": lambda: sql("delete from marketplace_logentry where number = 1"),
    "reordered": swap,
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_row_that_is_changed_missing_or_elsewhere_is_found(client: Client, log: list[LogEntry], what: str) -> None:
    found = verify_log()
    assert (found.faults, found.entries, found.head) == ([], 6, log[-1].hash)
    assert script.check_lines(export(client).splitlines()) == ({each.number: each.hash for each in log}, [])
    TAMPERED[what]()
    assert verify_log().faults
    assert script.check_lines(export(client).splitlines())[1]
    with pytest.raises(CommandError, match="not as it was"):
        call_command("verify_log", stdout=StringIO())


def test_what_was_hashed_anew_differs_from_the_decision_and_from_the_chain(client: Client, log: list[LogEntry]) -> None:
    chain = Chain.objects.create(
        id=31337, short_name="anvil", name="Anvil", coin="ETH", confirmations=3, reorg_window=64
    )
    where = {"block_number": 7, "index": 0, "log_index": 0, "time": log[4].made_at}
    fact = {"chain": chain, "anchored": KIND, "epoch": 5, "root": log[4].hash, "tx_hash": "0x" + "7" * 64}
    AnchorFact.objects.create(**fact, **where)
    assert (verify_log().faults, verify_log().anchors) == ([], 1)
    rewrite(2)
    # The script alone sees a whole chain; what it is anchored as, and what was decided, give it away.
    assert script.check_lines(export(client).splitlines())[1] == []
    faults = verify_log().faults
    assert faults[0] == "Entry 2 does not say what was decided."
    assert faults[1].startswith("Entry 5 has another hash than the one on chain")
    sql("delete from marketplace_logentry where number > 4")
    faults = verify_log().faults
    assert "Entry 5 is anchored on chain, and missing here." in faults
    assert sum(fault.endswith("is not in the log.") for fault in faults) == 2


def test_a_decision_that_was_left_out_is_found_and_erased_salts_are_counted(log: list[LogEntry]) -> None:
    LogSalt.objects.filter(entry__number=2).delete()
    found = verify_log()
    assert (found.faults, found.erased) == ([], 1)
    said = StringIO()
    call_command("verify_log", offline=True, stdout=said)
    assert "6 entries, of which 1 can be compared with no decision any more" in said.getvalue()
    forgotten = decide()
    assert verify_log().faults == [f"Decision {forgotten.pk} is not in the log."]


def test_the_script_runs_alone_and_says_what_is_wrong(client: Client, log: list[LogEntry], tmp_path: Path) -> None:
    verifier, good, bad = tmp_path / "verify.py", tmp_path / "good.jsonl", tmp_path / "bad.jsonl"
    verifier.write_bytes(client.get("/moderation/log/verify.py").content)
    good.write_text(export(client))
    lines = export(client).splitlines()
    bad.write_text("\n".join([lines[0], lines[2], "{}", lines[1]]))

    def run(*arguments: str) -> tuple[int, str]:
        # -I and -S: nothing but the standard library, and nothing of this site.
        command = [sys.executable, "-I", "-S", str(verifier), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    assert run(str(good)) == (0, f"The log is whole: 6 entries, and the hash of the last is {log[-1].hash}.\n")
    code, said = run(str(bad))
    assert code == 1
    assert "Line 2 holds entry 3, where entry 2 should be." in said
    assert "Line 3 is no entry" in said
    (tmp_path / "empty.jsonl").write_text("")
    assert run(str(tmp_path / "empty.jsonl"))[1].startswith("The log is whole: 0 entries")
    assert json.loads(lines[0])["number"] == 1
