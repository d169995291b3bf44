"""What is wanted is brought, looked at again, and brought again once it is lost."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from marketplace.files.cids import cid_of
from marketplace.files.storing import keep_blob
from marketplace.listings.metadata import canonical
from marketplace.listings.models import Listing
from marketplace.listings.pinned import _release, want_listings
from marketplace.listings.versions import MetadataDocument, Version, VersionFile
from marketplace.pinning import sources
from marketplace.pinning.actions import LOOK_EVERY, Wanted, keep_due, release_pin, want_pins
from marketplace.pinning.finding import holds_still, known_pins, standing
from marketplace.pinning.models import Pin, PinSource, PinState
from marketplace.pinning.node import NodeAwayError
from tests.factories.marketplace import listing
from tests.stack.ipfs_nodes import ipfs_process

from .nodes import PretendNode

CONTENT = b'{"name":"acme/contracts"}'
CID = cid_of(CONTENT)

pytestmark = pytest.mark.django_db


@pytest.fixture
def contents(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What documents there are."""
    kept = {CID: CONTENT}

    def pieces(key: str) -> Iterator[bytes] | None:
        return iter([kept[key]]) if key in kept else None

    monkeypatch.setitem(sources._sources, PinSource.DOCUMENT, pieces)
    return kept


def wanted(content: bytes = CONTENT) -> Wanted:
    return Wanted(cid_of(content), PinSource.DOCUMENT, cid_of(content), len(content))


def due_now() -> None:
    Pin.objects.update(next_at=timezone.now())


def test_what_is_wanted_is_brought_once(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    assert want_pins(wanted=[wanted()]) == 1
    assert want_pins(wanted=[wanted()]) == 0
    assert keep_due(node=node) == 1
    pin = Pin.objects.get()
    assert (pin.state, pin.tries, pin.says) == (PinState.PINNED, 0, "")
    assert pin.pinned_at == pin.checked_at
    assert CID in node.pinned
    assert keep_due(node=node) == 0, "it is not due again yet"


def test_a_lost_pin_is_noticed_and_pinned_again(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    first = Pin.objects.get().pinned_at
    del node.blocks[CID]
    due_now()
    keep_due(node=node)
    pin = Pin.objects.get()
    assert (pin.state, pin.lost) == (PinState.PINNED, 1)
    assert pin.pinned_at
    assert first
    assert pin.pinned_at > first
    assert node.holds(CID)


def test_a_lost_pin_whose_bytes_are_gone_says_so_and_is_not_called_pinned(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    del node.blocks[CID]
    contents.clear()
    due_now()
    keep_due(node=node)
    pin = Pin.objects.get()
    assert (pin.state, pin.pinned_at) == (PinState.LOST, None)
    assert pin.says
    assert pin.next_at > timezone.now()
    assert not holds_still(pin)


def test_a_node_that_is_away_changes_nothing(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    due_now()
    node.is_away = True
    before = Pin.objects.values().get()
    with pytest.raises(NodeAwayError):
        keep_due(node=node)
    assert Pin.objects.values().get() == before


def test_what_does_not_fit_or_is_not_taken_waits_longer_each_time(contents: dict[str, bytes]) -> None:
    node = PretendNode(is_full=True)
    want_pins(wanted=[wanted()])
    waits = []
    for _try in range(3):
        due_now()
        keep_due(node=node)
        pin = Pin.objects.get()
        assert pin.state == PinState.REFUSED
        assert "room" in pin.says
        waits.append(pin.next_at - timezone.now())
    assert waits[0] < waits[1] < waits[2]
    node.is_full = False
    due_now()
    keep_due(node=node)
    assert Pin.objects.get().state == PinState.PINNED


def test_bytes_of_another_address_are_not_pinned(contents: dict[str, bytes]) -> None:
    contents[CID] = b"something else"
    want_pins(wanted=[wanted()])
    keep_due(node=PretendNode())
    pin = Pin.objects.get()
    assert pin.state == PinState.REFUSED
    assert "address" in pin.says


def test_what_is_released_is_let_go(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    release_pin(cid=CID)
    assert CID in node.pinned, "the node is told later"
    assert not holds_still(Pin.objects.get())
    keep_due(node=node)
    assert not Pin.objects.exists()
    assert not node.pinned
    assert node.swept == 1


def test_what_is_wanted_again_before_the_node_was_told_stays(contents: dict[str, bytes]) -> None:
    node = PretendNode()
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    release_pin(cid=CID)
    want_pins(wanted=[wanted()])
    keep_due(node=node)
    assert Pin.objects.get().state == PinState.PINNED
    assert CID in node.pinned


def test_nobody_calls_it_pinned_once_it_was_not_looked_at_for_long(contents: dict[str, bytes]) -> None:
    want_pins(wanted=[wanted()])
    keep_due(node=PretendNode())
    pin = Pin.objects.get()
    assert holds_still(pin)
    long_ago = timezone.now() - timedelta(seconds=4 * LOOK_EVERY[0][1])
    pin.checked_at = pin.next_at = long_ago
    assert not holds_still(pin)
    assert not holds_still(None)


def test_all_pins_at_once(contents: dict[str, bytes], settings: pytest.FixtureRequest) -> None:
    contents[cid_of(b"two")] = b"two"
    want_pins(wanted=[wanted(), wanted(b"two"), wanted(b"gone")])
    keep_due(node=PretendNode())
    found = standing()
    assert (found.pinned, found.refused, found.total) == (2, 1, 3)
    assert found.size == len(CONTENT) + 3
    settings.IPFS_API = ""  # type: ignore[attr-defined]
    assert known_pins([CID]) == {}
    settings.IPFS_API = "unix:///x"  # type: ignore[attr-defined]
    assert set(known_pins([CID])) == {CID}


def version_of(model: Listing, number: str, card: str = "") -> Version:
    said = {"name": model.name, "version": number} | ({"card": cid_of(card.encode())} if card else {})
    content = canonical(said)
    document, _ = MetadataDocument.objects.get_or_create(cid=cid_of(content), defaults={"content": content})
    if card:
        MetadataDocument.objects.get_or_create(cid=cid_of(card.encode()), defaults={"content": card.encode()})
    return Version.objects.create(listing=model, number=number, metadata=document, card=card)


def test_documents_and_cards_of_versions_are_wanted_and_others_are_not() -> None:
    MetadataDocument.objects.create(cid=cid_of(b"{}"), content=b"{}")
    version_of(listing("acme/contracts"), "1.0.0", "# Contracts")
    assert want_listings() == 2
    assert want_listings() == 0
    assert set(Pin.objects.values_list("source", flat=True)) == {PinSource.DOCUMENT, PinSource.CARD}


def test_nothing_new_costs_two_queries(django_assert_num_queries: pytest.FixtureRequest) -> None:
    version_of(listing("acme/contracts"), "1.0.0", "# Contracts")
    want_listings()
    with django_assert_num_queries(2):  # type: ignore[operator]
        want_listings()


@pytest.mark.xdist_group("ipfs")
def test_a_release_s_file_comes_back_through_a_second_node(
    tmp_path_factory: pytest.TempPathFactory, settings: pytest.FixtureRequest
) -> None:
    content = b"tensor" * 200_000  # five blocks
    version = version_of(listing("acme/contracts"), "1.0.0")
    blob = keep_blob(source=io.BytesIO(content))
    VersionFile.objects.create(version=version, path="model.safetensors", blob=blob)
    ours_at, theirs_at = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    with ipfs_process(ours_at) as ours, ipfs_process(theirs_at) as theirs:
        settings.IPFS_API = ours.url  # type: ignore[attr-defined]
        call_command("index_metadata")
        assert Pin.objects.get(pk=blob.cid).state == PinState.PINNED
        theirs.node.connect(ours.node.addresses()[0])
        assert theirs.node.fetch(blob.cid, seconds=30, most=len(content)) == content
        document = theirs.node.fetch(version.metadata_id, seconds=30, most=10_000)
        assert cid_of(document) == version.metadata_id
        # Once the bytes go, so does the pin, and in time the blocks.
        version.files.all().delete()
        _release(blob.sha256, blob.cid)
        call_command("index_metadata")
        assert not ours.node.holds(blob.cid)


@pytest.mark.xdist_group("ipfs")
def test_a_real_node_is_kept_full_by_the_command(
    tmp_path_factory: pytest.TempPathFactory, settings: pytest.FixtureRequest
) -> None:
    version = version_of(listing("acme/contracts"), "1.0.0", "# Contracts")
    with ipfs_process(tmp_path_factory.mktemp("node")) as running:
        settings.IPFS_API = running.url  # type: ignore[attr-defined]
        call_command("index_metadata")
        assert set(Pin.objects.values_list("state", flat=True)) == {PinState.PINNED}
        assert running.node.holds(version.metadata_id)
        next(path for path in running.blocks.glob("*/*.data") if b"acme/contracts" in path.read_bytes()).unlink()
        due_now()
        call_command("index_metadata")
        assert running.node.holds(version.metadata_id)
        assert Pin.objects.get(pk=version.metadata_id).lost == 1
    due_now()
    with pytest.raises(NodeAwayError):
        call_command("index_metadata")
