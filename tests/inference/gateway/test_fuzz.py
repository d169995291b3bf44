"""``/v1`` is asked what its protocol allows, and what it does not, with a key and without: no failure, no way in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from inference.keys.models import ApiKey
from inference.models import OPEN, Call, UsageWindow
from tests.config.fuzzing import CASES, FEW, Found, each_case, faults_of, operations
from tests.inference.seller import Seller
from tests.waiting import until

from .conftest import Site

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.long(30)]

DOCUMENT = Path(__file__).with_name("v1.json")
MOST = max(FEW, CASES // 29)  # of an operation, a role and a kind
KEYS = ("none", "of others", "own", "of another model")


@pytest.mark.parametrize("key", KEYS)
def test_every_address_keeps_to_the_protocol(place: Site, seller: Seller, vectors: Seller, key: str) -> None:
    import schemathesis

    headers = {"none": {}, "of others": {"Authorization": "Bearer ctr_nobody"}}.get(key, place.headers)
    if key == "of another model":
        ApiKey.objects.filter(pk=place.key.pk).update(scopes=["somebody/else"])
    found = Found()
    schema = schemathesis.openapi.from_dict(json.loads(DOCUMENT.read_text()))
    for operation in operations(schema):

        def ask(case: Any, data: Any, label: str = operation.label) -> None:
            cache.clear()  # limits have tests of their own
            response = case.call(base_url=place.url, headers=headers)
            found.take(label, response.status_code, faults_of(case, response))
            if key in KEYS[:2] and response.status_code != 401:
                found.faults[(label, "lock")] = f"{response.status_code} without a key: {case.body}"

        each_case(operation, MOST, ask)
    print(key, found.asked, sorted(found.statuses.items()))  # noqa: T201  what the long form is read for
    assert not found.faults, "\n".join(found.faults.values())
    until(lambda: not Call.objects.filter(state__in=OPEN).exists())
    assert {window.reserved for window in UsageWindow.objects.all()} <= {0}
    assert Call.objects.exists() == (key == "own")
