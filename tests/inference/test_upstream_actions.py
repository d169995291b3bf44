"""Sellers add servers, change them and take them out; their keys are never seen again."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import connections
from django_q.models import OrmQ

from accounts import personal
from accounts.models import Account, User
from accounts.restrictions import Scope, restrict
from common.errors import DomainError
from common.pinned import AddressRefusedError
from common.sealing import unseal
from inference import upstream_actions as acting
from inference.models import Kind, Mode, Upstream, UpstreamState
from inference.servers import key_of, server_of
from inference.upstream_actions import Room
from marketplace.checks.models import Check
from marketplace.listings.models import Listing
from marketplace.publish import hooks
from marketplace.publish.models import Draft
from tests.databases import copied, named
from tests.factories.marketplace import listing as make_listing

from .seller import KEY

URL = "https://models.example/v1"
OTHER = "https://other.example/v1"


def somebody(letter: str = "c") -> User:
    return User.objects.create(address="0x" + letter * 40)


@pytest.fixture
def room(db: None) -> Room:
    """A draft's."""
    user = somebody()
    return acting.room_of_draft(user, Draft.objects.create(user=user).pk)


def add(room: Room, url: str = URL, key: str = KEY, **said: Any) -> Upstream:
    return acting.add_upstream(room=room, base_url=url, key=key, **{"mode": Mode.CHAT, **said})


def key_kept(upstream: Upstream) -> str:
    upstream.refresh_from_db()
    return unseal(upstream.sealed_key or b"", bound_to=key_of(upstream))


def test_a_server_is_added_its_key_sealed_and_it_is_tried(room: Room) -> None:
    upstream = add(room, " https://Models.example/v1/chat/completions ", model="lemon-1", retains=False)
    assert (upstream.base_url, upstream.state, upstream.retains) == (URL, UpstreamState.PROBING, False)
    assert (key_kept(upstream), upstream.key_end) == (KEY, KEY[-4:])
    assert KEY.encode() not in bytes(upstream.sealed_key or b"")
    assert upstream.is_being_tried
    assert OrmQ.objects.count() == 1
    assert server_of(upstream).key == KEY
    assert KEY not in repr(server_of(upstream))
    assert upstream.engine.startswith("seller-")


def test_a_key_opens_in_no_other_row(room: Room) -> None:
    one, two = add(room), add(room, OTHER, key="")
    Upstream.objects.filter(pk=two.pk).update(sealed_key=one.sealed_key)
    two.refresh_from_db()
    with pytest.raises(DomainError):
        server_of(two)


@pytest.mark.parametrize("key", ["s3cret words", "a\r\nHost: evil", "ключ", "x" * 501, "\x00"])
def test_what_is_no_key_is_refused_and_not_repeated(room: Room, key: str) -> None:
    with pytest.raises(DomainError) as refused:
        add(room, key=key)
    assert (refused.value.code, key in str(refused.value.detail)) == ("bad-key", False)


def test_of_a_short_key_nothing_is_shown(room: Room) -> None:
    assert add(room, key="1234567").key_end == ""


@pytest.mark.parametrize("url", ["http://models.example/v1", "https://10.0.0.1/v1", "https://u:p@models.example", "x"])
def test_an_address_that_must_not_be_asked_is_refused(room: Room, url: str) -> None:
    with pytest.raises(AddressRefusedError):
        add(room, url)
    assert not Upstream.objects.exists()


def test_the_same_server_twice_and_too_many(room: Room) -> None:
    add(room)
    with pytest.raises(DomainError, match="in the list already"):
        add(room)
    for number in range(acting.MOST_UPSTREAMS - 1):
        add(room, model=f"m{number}")
    with pytest.raises(DomainError, match="Eight"):
        add(room, OTHER)


def test_a_changed_server_is_another_one(room: Room) -> None:
    upstream = add(room)
    Upstream.objects.update(state=UpstreamState.HEALTHY, context=8192, asked_at=None)
    change: dict[str, Any] = {"room": room, "upstream_id": upstream.pk, "base_url": URL}
    changed = acting.edit_upstream(**change, cost_note="0.1 a million", at_once=2)
    assert (changed.state, changed.context, changed.is_being_tried) == (UpstreamState.HEALTHY, 8192, False)
    changed = acting.edit_upstream(**change, model="other")
    assert (changed.state, changed.context, changed.is_being_tried) == (UpstreamState.PROBING, None, True)
    assert (key_kept(changed), changed.cost_note) == (KEY, "0.1 a million")


def test_a_kept_key_goes_to_no_other_server(room: Room) -> None:
    upstream = add(room)
    change: dict[str, Any] = {"room": room, "upstream_id": upstream.pk}
    for url in (OTHER, "https://models.example:8443/v1", "https://models.example.evil.example/v1"):
        with pytest.raises(DomainError) as refused:
            acting.edit_upstream(**change, base_url=url)
        assert refused.value.code == "key-needed"
    assert acting.edit_upstream(**change, base_url="https://models.example/v2").base_url.endswith("/v2")
    changed = acting.edit_upstream(**change, base_url=OTHER, key="another-key-0001")
    assert (changed.base_url, key_kept(changed)) == (OTHER, "another-key-0001")


def test_a_key_is_replaced_or_taken_away(room: Room) -> None:
    upstream = add(room)
    replaced = acting.replace_key(room=room, upstream_id=upstream.pk, key="another-key-0001")
    assert (key_kept(replaced), replaced.key_end) == ("another-key-0001", "0001")
    gone = acting.replace_key(room=room, upstream_id=upstream.pk, key="")
    assert (gone.sealed_key, gone.key_end, server_of(gone).headers) == (None, "", {})


def test_switched_off_on_moved_and_removed(room: Room) -> None:
    one, two = add(room), add(room, OTHER)
    of: dict[str, Any] = {"room": room, "upstream_id": one.pk}
    assert acting.switch_upstream(**of, on=False).state == UpstreamState.OFF
    acting.switch_upstream(**of, on=False)
    again = acting.switch_upstream(**of, on=True)
    assert (again.state, again.is_being_tried) == (UpstreamState.PROBING, True)
    assert room.upstreams == [one, two]
    acting.move_upstream(**of, up=True)
    acting.move_upstream(**of, up=False)
    assert room.upstreams == [two, one]
    acting.move_upstream(**of, up=False)
    assert room.upstreams == [two, one]
    acting.remove_upstream(**of)
    assert room.upstreams == [two]
    acting.remove_upstream(room=room, upstream_id=two.pk)
    assert not Check.objects.filter(name="probe").exists()


def test_nobody_reaches_what_is_another_s(room: Room) -> None:
    upstream, stranger = add(room), somebody("d")
    listing = make_listing("acme/chat", task="text-generation")
    with pytest.raises(DomainError):
        acting.room_of_draft(stranger, room.draft or uuid4())
    with pytest.raises(DomainError):
        acting.room_of(stranger, upstream.pk)
    with pytest.raises(DomainError):
        acting.room_of_listing(stranger, listing.name)
    own = acting.room_of_draft(stranger, Draft.objects.create(user=stranger).pk)
    work: list[Callable[..., Any]] = [acting.remove_upstream, acting.try_again]
    for act in work:
        with pytest.raises(DomainError):
            act(room=own, upstream_id=upstream.pk)
    Draft.objects.update(published_at="2026-01-01T00:00:00Z")
    with pytest.raises(DomainError):
        acting.room_of_draft(room.user, room.draft or uuid4())


def test_a_paused_account_adds_none(room: Room) -> None:
    restrict(address=room.user.address, scopes=[Scope.PUBLISHING], decision=1, until=None)
    with pytest.raises(DomainError) as refused:
        add(room)
    assert refused.value.code == "account-paused"


def test_tries_are_limited(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "TRIES", (2, 600))
    upstream = add(room)
    acting.try_again(room=room, upstream_id=upstream.pk)  # it is under way
    for _ in range(2):
        Upstream.objects.update(asked_at=None)
        if _ == 0:
            acting.try_again(room=room, upstream_id=upstream.pk)
    with pytest.raises(DomainError) as refused:
        acting.try_again(room=room, upstream_id=upstream.pk)
    assert refused.value.code == "too-many-requests"


def owned(user: User, name: str) -> Listing:
    listing = make_listing(name, task="text-generation")
    Account.objects.filter(pk=listing.owner_id).update(user=user, is_reserved=False)
    return listing


def test_what_a_draft_has_answers_for_the_version_that_it_becomes(room: Room) -> None:
    listing = owned(room.user, "acme/chat")
    upstream = add(room)
    draft = room.draft or uuid4()
    assert hooks.servers_of(draft) == (0, 1)
    Upstream.objects.update(state=UpstreamState.HEALTHY)
    assert hooks.servers_of(draft) == (1, 1)
    hooks.tell_published(draft=Draft.objects.get(pk=draft), listing=listing.name, version="1.0.0")
    done: dict[str, Any] = {"draft_id": draft, "listing": listing.name, "version": "1.0.0"}
    assert acting.publish_upstreams(**done) == 0  # twice is once
    upstream.refresh_from_db()
    assert (upstream.draft, upstream.listing, upstream.version) == (None, listing.name, "1.0.0")
    assert key_kept(upstream) == KEY
    assert Upstream.objects.named("ACME/chat").get() == upstream
    assert acting.room_of(room.user, upstream.pk).version == "1.0.0"


def test_servers_of_the_version_before_are_taken_over(room: Room) -> None:
    listing = owned(room.user, "acme/chat")
    add(Room(room.user, listing=listing.name, version="1.0.0"))
    Draft.objects.update(listing=listing.name)
    assert (acting.take_over(room=room, version="1.0.0"), acting.take_over(room=room, version="1.0.0")) == (1, 0)
    (copy,) = room.upstreams
    assert (key_kept(copy), copy.is_being_tried, Upstream.objects.count()) == (KEY, True, 2)


def test_what_a_draft_had_goes_with_it(room: Room) -> None:
    add(room)
    hooks.tell_discarded(draft_id=room.draft or uuid4())
    assert not Upstream.objects.exists()


def test_keys_are_sealed_anew_with_the_newest(room: Room, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    upstream, without = add(room), add(room, OTHER, key="")
    old, new = settings.SEALING_KEYS, [base64.b64encode(os.urandom(32)).decode()]
    settings.SEALING_KEYS = new + old
    call_command("reseal")
    call_command("reseal")
    said = "{} keys were sealed anew.\n0 conversations were sealed anew.\n"
    assert capsys.readouterr().out == said.format(1) + said.format(0)
    settings.SEALING_KEYS = new
    assert key_kept(upstream) == KEY
    without.refresh_from_db()
    assert without.sealed_key is None
    settings.SEALING_KEYS = [base64.b64encode(os.urandom(32)).decode()]
    call_command("reseal")  # what cannot be opened is left as it is
    settings.SEALING_KEYS = new
    assert key_kept(upstream) == KEY


def test_what_is_given_out_about_somebody_holds_no_key_and_erasing_leaves_none(room: Room) -> None:
    add(room)
    (holding,) = [each for each in personal.holdings() if each.model is Upstream]
    (row,) = holding.export(room.user.address, 10)
    assert row["base_url"] == URL
    assert not {"sealed_key", "key_end"} & row.keys()
    assert KEY[-4:] not in json.dumps(row, default=str)
    assert holding.erase
    holding.erase(room.user.address)
    assert not Upstream.objects.exists()


@pytest.fixture
def apart(django_db_setup: None, django_db_blocker: Any, tmp_path: Any) -> Any:
    """A database of its own, whose rows other threads see."""
    with django_db_blocker.unblock():
        source = connections["default"].settings_dict["NAME"]
        connections.close_all()
        with copied(source, f"apart_{uuid4().hex[:12]}") as name, named(name):
            yield


def at_once(work: Callable[[int], Any], times: int = 4) -> list[str]:
    """Do the same many times at once; return the codes of what was refused, "" where it was done."""

    def one(number: int) -> str:
        try:
            work(number)
        except DomainError as error:
            return error.code
        finally:
            connections.close_all()
        return ""

    with ThreadPoolExecutor(times) as workers:
        return sorted(workers.map(one, range(times)))


def test_adding_the_same_at_once_adds_one_and_never_more_than_there_may_be(apart: None) -> None:
    user = somebody()
    room = Room(user, draft=UUID(str(Draft.objects.create(user=user).pk)))
    assert at_once(lambda _: add(room)) == ["", "same-upstream", "same-upstream", "same-upstream"]
    for number in range(acting.MOST_UPSTREAMS - 2):
        add(room, model=f"m{number}")
    ended = at_once(lambda number: add(room, OTHER, model=f"n{number}"))
    assert ended == ["", "too-many-upstreams", "too-many-upstreams", "too-many-upstreams"]
    (first, *_rest) = room.upstreams
    of: dict[str, Any] = {"room": room, "upstream_id": first.pk}
    assert at_once(lambda n: acting.move_upstream(**of, up=n % 2 == 0)) == [""] * 4
    assert sorted(each.place for each in room.upstreams) == list(range(1, acting.MOST_UPSTREAMS + 1))
    assert at_once(lambda n: acting.switch_upstream(**of, on=n % 2 == 0)) == [""] * 4
    assert at_once(lambda n: acting.replace_key(**of, key=f"another-key-000{n}")) == [""] * 4
    kept = next(each for each in room.upstreams if each.pk == first.pk)
    assert key_kept(kept)[-4:] == kept.key_end
    assert at_once(lambda _: acting.remove_upstream(**of)) == ["", "not-found", "not-found", "not-found"]
    done: dict[str, Any] = {"draft_id": room.draft, "listing": "acme/chat", "version": "1.0.0"}
    counts: list[int] = []
    at_once(lambda _: counts.append(acting.publish_upstreams(**done)))
    assert sorted(counts) == [0, 0, 0, acting.MOST_UPSTREAMS - 1]
    assert Upstream.objects.filter(kind=Kind.URL, listing="acme/chat").count() == acting.MOST_UPSTREAMS - 1
