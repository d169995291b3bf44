"""A receipt says what a call was, to whoever knows its address, and can be checked without us."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contracts.chain.signatures import recover
from contracts.indexer import lead
from contracts.names import ANCHORS, ESCROW
from inference.actions import start_call
from inference.ledger import tasks
from inference.ledger.anchoring import anchor_receipts
from inference.ledger.finding import receipts_of
from inference.ledger.models import Charge, Receipt, ReceiptDay
from inference.ledger.receipts import close_days, epoch_of, exact, proof_of, salted, sign_receipts, words_hash
from inference.ledger.views import SCRIPT
from tests.deploying import KEEPER, SETTLER
from tests.governance.signing import address_of, key_of

from .books import NAME, Books, finished, open_books
from .conftest import Escrow

TEXTS = ["Be kind.", "Hello, wörld"]
ANSWER = "An answer in five words."


@pytest.fixture
def books(db: None) -> Books:
    made = open_books()
    made.chain.deployment = {ESCROW: "0x" + "e5" * 20}
    made.chain.save()
    return made


def used(books: Books) -> Receipt:
    call = start_call(visitor=books.visitor, listing=NAME, texts=TEXTS)
    finished(call, 5, answered=hashlib.sha256(ANSWER.encode()).digest())
    return Receipt.objects.get(call=call.pk)


def test_it_has_hashes_of_the_words_and_is_signed_once(books: Books) -> None:
    receipt = used(books)
    asked = json.dumps(TEXTS, ensure_ascii=False, separators=(",", ":")).encode()
    assert words_hash(TEXTS) == hashlib.sha256(asked).digest()
    assert receipt.request_hash == salted(receipt.salt, words_hash(TEXTS))
    assert receipt.answer_hash == salted(receipt.salt, hashlib.sha256(ANSWER.encode()).digest())
    running = start_call(visitor=books.visitor, listing=NAME, texts=TEXTS)
    settler = key_of(SETTLER)
    assert (sign_receipts(chain=books.chain, signer=settler), sign_receipts(chain=books.chain, signer=settler)) == (
        1,
        0,
    )
    assert Receipt.objects.get(call=running.pk).signature == ""
    receipt.refresh_from_db()
    assert receipt.signer == recover(exact(receipt.typed), receipt.signature) == address_of(SETTLER)
    charge = Charge.objects.get(call=receipt.call)
    said = exact(receipt.typed)["message"]
    assert (said["cost"], said["completionTokens"], said["model"]) == (charge.amount, 5, NAME)
    assert receipts_of([receipt.call]) == {receipt.call: receipt.secret}


def test_who_knows_the_address_reads_it_and_nobody_else(books: Books, client: Client) -> None:
    receipt = used(books)
    page = client.get(f"/receipts/{receipt.secret}")
    assert "It is signed within a few minutes" in page.content.decode()
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    sign_receipts(chain=books.chain, signer=key_of(SETTLER))
    assert receipt.request_hash in client.get(f"/receipts/{receipt.secret}").content.decode()
    told = client.get(f"/receipts/{receipt.secret}?format=json").json()
    assert (told["salt"], told["proof"]) == (receipt.salt, None)
    assert client.get(f"/receipts/{receipt.secret[:-1]}").status_code == 404
    assert client.get("/receipts/verify.py").content == SCRIPT.read_bytes()
    assert len(SCRIPT.read_text().splitlines()) <= 60


def test_a_day_is_closed_when_it_is_over_and_all_of_it_is_signed(books: Books) -> None:
    first, *_others = [used(books) for _ in range(5)]
    yesterday = timezone.now() - timedelta(days=1)
    Charge.objects.update(started_at=yesterday, ended_at=yesterday)
    assert close_days() == 0
    sign_receipts(chain=books.chain, signer=key_of(SETTLER))
    first.refresh_from_db()
    assert proof_of(first) is None
    assert (close_days(), close_days()) == (1, 0)
    assert ReceiptDay.objects.get().receipts == 5
    assert all(proof_of(each) for each in Receipt.objects.all())


def _checked(folder: Path, told: dict[str, Any], *arguments: str) -> str:
    (folder / "receipt.json").write_text(json.dumps(told))
    argv = [sys.executable, str(SCRIPT), str(folder / "receipt.json"), *arguments]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert bool(ended.stderr) == bool(ended.returncode)
    return ended.stderr


@pytest.mark.long(30)
def test_a_stranger_checks_it_on_chain(escrow: Escrow, tmp_path: Path, settings: Any, client: Client) -> None:
    settings.HOME_CHAIN = escrow.chain.short_name
    settings.SETTLER_KEY = f"0x{bytes(key_of(SETTLER).key).hex()}"
    escrow.use(3, 1_000, calls=3)
    yesterday = timezone.now() - timedelta(days=1)
    Charge.objects.update(started_at=yesterday, ended_at=yesterday)
    tasks.settle()
    tasks.audit()
    keeper = key_of(KEEPER)
    assert (anchor_receipts(escrow.chain, keeper), anchor_receipts(escrow.chain, None)) == (1, 0)
    lead.catch_up(escrow.chain, escrow.rpc)
    assert anchor_receipts(escrow.chain, keeper) == 0
    receipt = Receipt.objects.order_by("pk")[1]
    assert receipt.day
    page = client.get(f"/receipts/{receipt.secret}").content.decode()
    assert "are anchored on Anvil in block" in page
    told = client.get(f"/receipts/{receipt.secret}?format=json").json()
    assert told["epoch"] == epoch_of(receipt.day)
    contracts = ("--escrow", escrow.chain.deployment[ESCROW], "--anchors", escrow.chain.deployment[ANCHORS])
    where = ("--rpc", escrow.rpc.endpoints[0].url, *contracts)
    assert _checked(tmp_path, told, *where) == ""
    dearer = json.loads(json.dumps(told))
    dearer["typed"]["message"]["cost"] = "1"
    assert "may not settle" in _checked(tmp_path, dearer, *where)
    assert "is not anchored" in _checked(tmp_path, dearer, *where)
    (tmp_path / "asked.json").write_text("[]")
    assert "of something else" in _checked(tmp_path, told, "--asked", str(tmp_path / "asked.json"))
