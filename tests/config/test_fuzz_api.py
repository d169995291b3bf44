"""Four kinds of people ask the API what its document allows, and what not: no failure, no way to what is not theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.legal.documents import label
from accounts.models import User
from accounts.notifications.models import Notice
from inference.keys.actions import create_key
from inference.models import Upstream
from marketplace.publish.actions import create_draft
from marketplace.publish.models import Draft
from marketplace.search.saved import SavedSearch
from marketplace.search.saving import save_search
from tests.factories.governance import WHOLE, address, dao_chain, power, proposal, vote
from tests.moderators import make_moderator

from .fuzzing import CASES, FEW, Found, each_case, faults_of, operations, text_of
from .odd import VALUES

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("fuzz-api"), pytest.mark.long(40)]

ROLES = ("stranger", "member", "seller", "moderator")
PLAIN = {"Accept-Encoding": "identity"}  # else the site packs its answers, and nobody unpacks them here
TOKEN = "a" * 32  # of the page that a write comes from
MOST = max(FEW, CASES // 500)  # of an operation and a kind, each asked by all
OF_SELLER = "lemon-of-the-seller"  # stands in all that is theirs alone
OWN = {"{draft_id}": "draft", "{upstream_id}": "upstream", "/saved-searches/{pk}": "saved", "/{pk}/read": "notice"}
NO_ROOM = (405,)  # what the framework says of a method before any operation is asked


@dataclass
class Person:
    """Somebody who asks: what they send along, and what came of it."""

    role: str
    headers: dict[str, str]
    cookies: dict[str, str]
    found: Found = field(default_factory=Found)
    opened: set[str] = field(default_factory=set)  # operations that let them to what is the seller's


@dataclass
class Place:
    """Who asks, and what is there that is the seller's alone."""

    people: list[Person]
    seller: User
    own: dict[str, Any]  # by what OWN calls it, what names it in an address
    asks: Person | None = None  # now
    number: int = 0  # of the question

    @property
    def sellers(self) -> list[dict[str, Any]]:
        """All that the seller has and nobody else may change."""
        mine = {"user": self.seller}
        drafts = Draft.objects.filter(**mine)
        upstreams = Upstream.objects.filter(draft__in=drafts.values("pk"))
        kept = (SavedSearch.objects.filter(**mine), Notice.objects.filter(**mine), drafts, upstreams)
        return [model_to_dict(each) for rows in kept for each in rows.order_by("pk")]


@pytest.fixture
def application(place: Place) -> Iterator[Any]:
    """The site, which leaves the test's own connection open, as Django's test client has it.

    Cookies are put in here: what schemathesis asks by keeps to its own.
    """
    signals = (request_started, request_finished)
    for each in signals:
        each.disconnect(close_old_connections)
    site: Any = get_wsgi_application()
    yield lambda environ, start: site(environ | (place.asks.cookies if place.asks else {}), start)
    for each in signals:
        each.connect(close_old_connections)


def person(number: int) -> User:
    return User.objects.create(address=f"0x{number:040x}", accepted=label())


@pytest.fixture
def place(settings: Settings) -> Place:
    settings.RATES = dict.fromkeys(settings.RATES, (10**7, 10))
    chain = dao_chain()
    vote(proposal(chain, 1), address(5))
    power(chain, address(5), WHOLE)
    seller = person(1)
    draft = create_draft(user=seller, manifest={"model": {"name": OF_SELLER, "summary": OF_SELLER}})
    upstream = Upstream.objects.create(
        draft=draft.pk, kind="url", engine="fuzz", mode="chat", base_url="https://fuzz.example/v1", model=OF_SELLER
    )
    saved = save_search(user=seller, query=f"q={OF_SELLER}")
    told = {"data": {"listing": OF_SELLER}, "happened_at": timezone.now(), "in_app": True}
    notice = Notice.objects.create(user=seller, kind="saved-search", key=OF_SELLER, **told)
    own = {"draft": str(draft.pk), "upstream": upstream.pk, "saved": saved.pk, "notice": notice.pk}
    return Place([Person(role, *sent_by(role, seller)) for role in ROLES], seller, own)


def sent_by(role: str, seller: User) -> tuple[dict[str, str], dict[str, str]]:
    """Return what somebody of that kind sends. A stranger has got hold of the seller's key, which opens no session."""
    if role == "stranger":
        secret = create_key(user=seller, name="Fuzz", chain_id=None).secret
        return PLAIN | {"Authorization": f"Bearer {secret}"}, {}
    user = seller if role == "seller" else make_moderator() if role == "moderator" else person(2)
    User.objects.filter(pk=user.pk).update(accepted=label())
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    names = f"{settings.CSRF_COOKIE_NAME}={TOKEN}; {settings.SESSION_COOKIE_NAME}={session}"
    return PLAIN | {"X-CSRFToken": TOKEN}, {"HTTP_COOKIE": names}


def test_every_operation_keeps_to_its_document_and_its_locks(place: Place, application: Any) -> None:
    import schemathesis

    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    asked, before = operations(schema), place.sellers
    for operation in asked:
        cache.clear()

        def ask(case: Any, data: Any, operation: Any = operation) -> None:
            place.number += 1
            own = own_of(operation.path) if place.number % 2 else ""
            if data.draw(st.integers(0, 2)) == 0:
                spoil(case, data)
            if own:
                case.path_parameters = {next(iter(case.path_parameters)): place.own[own]}
            for person in place.people:
                place.asks = person
                with transaction.atomic():  # each finds all as it was
                    ask_one(person, operation, case, own)
                    if person.role != "seller" and place.sellers != before:
                        person.found.faults[(operation.label, "lock")] = f"{person.role} changed {case.body!r}"
                    transaction.set_rollback(True)

        each_case(operation, MOST, ask)
    for each in place.people:
        print(each.role, each.found.asked, sorted(each.found.statuses.items()))  # noqa: T201  what the long form is for
    assert not (faults := [said for each in place.people for said in each.found.faults.values()]), "\n".join(faults)
    refused = {each.role: 401 in each.found.statuses for each in place.people}
    assert refused == {each: each == "stranger" for each in ROLES}
    # What is refused to the others is there, and is the seller's: the same questions let the seller in.
    reads = {each.label for each in asked if own_of(each.path) and each.method == "get"}
    opened = {each.role: each.opened for each in place.people}
    assert opened.pop("seller") >= reads > set()
    assert not any(opened.values())


def ask_one(person: Person, operation: Any, case: Any, own: str) -> None:
    """Have somebody ask one question, ``own`` is what of the seller's it names."""
    found, label = person.found, operation.label
    response = case.call(base_url="http://testserver", headers=person.headers)
    status, said = response.status_code, text_of(response)
    found.take(label, status, faults_of(case, response))
    responses = operation.definition.raw["responses"]
    if str(status) not in responses and status not in NO_ROOM:
        found.faults[(label, "status")] = f"{status} of {label} is in no document: {case.body!r:.300}"
    if own and status < 300:
        person.opened.add(label)
    locked = person.role == "stranger" and "401" in responses
    if person.role != "seller" and (((locked or own) and status < 300) or OF_SELLER in said):
        found.faults[(label, "lock")] = f"{person.role} got {status} of {label}: {said[:300]}"


def own_of(path: str) -> str:
    """Return what of the seller's an address names, "" for none."""
    return next((name for part, name in OWN.items() if part in path), "")


def spoil(case: Any, data: Any) -> None:
    """Put something odd in the place of one value of a question."""
    odd = data.draw(st.sampled_from([*VALUES, 10**400, -(2**63), 1e308, None, [], {}]))
    places = [each for each in (case.query, case.body) if isinstance(each, dict) and each]
    if not places:
        return
    place = data.draw(st.sampled_from(places))
    name = data.draw(st.sampled_from(sorted(map(str, place))))
    place[name] = odd if place is case.body else str(odd)[:2_000].encode(errors="replace").decode()
