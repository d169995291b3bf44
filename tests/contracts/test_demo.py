"""What the demo sells, its documents, and its history on a real chain that began sixty days ago."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import Account, User
from contracts.models import Chain
from contracts.names import COIN, DAY
from marketplace.demo.history import History
from marketplace.demo.listings import LISTINGS
from marketplace.demo.senses import ALL
from marketplace.demo.steps import DAYS
from marketplace.files.cids import cid_of
from marketplace.listings.errors import ListingNotFoundError, MetadataDiffersError, NotTheOwnerError, VersionTakenError
from marketplace.listings.metadata import canonical
from marketplace.listings.publishing import adopt_listing, publish_version
from marketplace.listings.records import Record
from marketplace.listings.versions import MetadataDocument
from marketplace.onchain.models.listings import OnchainListing

DEPLOYMENT = {"DemoDollar": "0x" + "dd" * 20, "RevenueSplitter": "0x" + "55" * 20}


@pytest.fixture
def published(db: None) -> tuple[Account, Record]:
    user = User.objects.create(address="0x" + "ab" * 20)
    owner = Account.objects.create(name="maker", user=user)
    return owner, Record.model_validate({"name": "maker/thing", "task": "text-generation", "license": "mit"})


def _publish(owner: Account, record: Record, **changes: str) -> Any:
    given: dict[str, Any] = {"number": "1.0.0", "summary": "A thing.", "terms": "None.", **changes}
    return publish_version(owner=owner, record=record, **given)


def test_a_cid_is_what_ipfs_makes_of_the_same_bytes() -> None:
    cid = cid_of(b"hello world")
    version, raw, sha256, size, *digest = base64.b32decode(cid[1:].upper() + "=" * (-len(cid[1:]) % 8))
    assert (cid[0], version, raw, sha256, size) == ("b", 1, 0x55, 0x12, 32)
    known = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"  # pragma: allowlist secret
    assert bytes(digest).hex() == known
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_a_version_is_for_ever(published: tuple[Account, Record], client: Browser) -> None:
    owner, record = published
    version = _publish(owner, record)
    assert _publish(owner, record) == version
    with pytest.raises(VersionTakenError):
        _publish(owner, record, summary="Another thing.")
    other = _publish(owner, record, number="1.1.0", summary="Another thing.")
    assert other.listing == version.listing
    answer = client.get(f"/metadata/{version.metadata_id}.json")
    assert json.loads(answer.content)["version"] == "1.0.0"
    assert cid_of(answer.content) == version.metadata_id
    assert str(version) == "1.0.0"


def test_a_document_whose_bytes_changed_is_not_served(published: tuple[Account, Record], client: Browser) -> None:
    cid = _publish(*published).metadata_id
    MetadataDocument.objects.filter(cid=cid).update(content=b"{}")
    assert client.get(f"/metadata/{cid}.json").status_code == 404
    assert client.get(f"/metadata/{'b' + 'a' * 58}.json").status_code == 404
    assert client.get("/metadata/nonsense.json").status_code == 404


def test_nobody_publishes_under_another_name(published: tuple[Account, Record]) -> None:
    owner, record = published
    with pytest.raises(NotTheOwnerError):
        _publish(owner, record.model_copy(update={"name": "somebody/thing"}))
    reserved = Account.objects.filter(is_reserved=True).first()
    assert reserved is not None
    with pytest.raises(NotTheOwnerError):
        _publish(reserved, record.model_copy(update={"name": f"{reserved.name}/thing"}))


def test_a_listing_is_adopted_by_its_seller_alone(published: tuple[Account, Record], chain: Chain) -> None:
    owner, record = published
    version = _publish(owner, record)
    given: dict[str, Any] = {
        "user": owner.user,
        "listing": version.listing,
        "chain": chain,
        "model_id": "0x" + "ab" * 32,
    }
    with pytest.raises(ListingNotFoundError):
        adopt_listing(**given)
    columns = {"seller": "0x" + "cd" * 20, "metadata": "ipfs://other", "category": 0, "state": 1}
    places = {"listed_block": 1, "changed_block": 1, "listed_at": "2026-01-01T00:00Z"}
    onchain = OnchainListing.objects.create(chain=chain, model_id=given["model_id"], **columns, **places)
    with pytest.raises(NotTheOwnerError):
        adopt_listing(**given)
    onchain.seller = "0x" + "ab" * 20
    onchain.save()
    with pytest.raises(MetadataDiffersError):
        adopt_listing(**given)
    onchain.metadata = f"ipfs://{version.metadata_id}"
    onchain.save()
    assert adopt_listing(**given) == adopt_listing(**given)
    stranger = User.objects.create(address="0x" + "cd" * 20)
    with pytest.raises(NotTheOwnerError):
        adopt_listing(**{**given, "user": stranger})


def test_the_history_is_the_same_each_time_and_never_two_in_a_second() -> None:
    accounts = [f"0x{number:040x}" for number in range(36)]
    cids = {each.name: "b" for each in ALL}
    for start in (1_700_000_000, 1_700_000_000 + DAY // 2, 1_700_006_399):
        steps = History(start, accounts, cids, DEPLOYMENT).steps()
        assert steps == History(start, accounts, cids, DEPLOYMENT).steps()
        times = [step.time for step in steps]
        assert times == sorted(set(times))
        assert start < times[0]
        assert times[-1] < start + DAYS * DAY
        assert 150 <= sum(step.function == "purchase" for step in steps) <= 300
        paid = [step for step in steps if step.function == "purchase" and step.args[0]["token"] != COIN]
        assert {step.args[0]["token"] for step in paid} == {DEPLOYMENT["DemoDollar"]}
        for step in paid:
            before = [each.function for each in steps if each.sender == step.sender and each.time < step.time]
            assert before.index("faucet") < before.index("approve")
            assert step.value == 0


def test_at_least_two_listings_are_sold_in_demo_dollars() -> None:
    assert sum(each.in_dollars for each in LISTINGS) >= 2


def test_each_listing_says_what_it_runs() -> None:
    modes = {"smollm2": {"chat"}, "minilm": {"embeddings", "similarity", "rerank", "zero-shot"}}
    assert 8 <= len(LISTINGS) <= 12
    assert {(each.runs.engine, each.runs.mode) for each in LISTINGS} == {
        (engine, mode) for engine, named in modes.items() for mode in named
    }
    names = {each.name for each in LISTINGS}
    assert all(each.parent in names for each in LISTINGS if each.parent)
    assert len({hashlib.sha256(each.summary.encode()).digest() for each in LISTINGS}) == len(LISTINGS)
