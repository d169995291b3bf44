"""The demo wallet's window, asked as its script asks."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

Ask = Callable[..., HttpResponse]


def text_of(answer: HttpResponse) -> str:
    """Return what a person reads of an answer, blanks in one."""
    page = re.sub(r"<svg.*?</svg>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.fixture
def ask(client: Client) -> Ask:
    """Ask for a request in words, from a page of the site."""

    def asked(method: str, params: list[Any], *, age: int = 0, **headers: str) -> HttpResponse:
        sent = json.dumps({"method": method, "params": params, "age": age})
        known = {"origin": "http://testserver", "accept": "application/json", **headers}
        return client.post("/demo/request", sent, content_type="application/json", headers=known)  # type: ignore[return-value]  # the test client's is one

    return asked
