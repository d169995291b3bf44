"""The newest openai, litellm and LangChain's client, in an environment of their own, which `make clients` makes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from inference.models import Call, CallState
from stack.clients import PYTHON
from tests.inference.conftest import CHAT
from tests.inference.seller import WORDS, Seller
from tests.waiting import until

from .conftest import SEARCH, Site

pytestmark = [
    pytest.mark.xdist_group("engine"),
    pytest.mark.skipif(not PYTHON.exists(), reason="`make clients` makes their environment"),
]

PROGRAM = Path(__file__).with_name("others.py")
# None may fetch a list of prices, nor tell anybody of its use.
QUIET = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "LANGSMITH_TRACING": "false"}


@pytest.mark.parametrize("client", ["openai", "litellm", "langchain"])
def test_other_clients_are_told_the_same(place: Site, seller: Seller, vectors: Seller, client: str) -> None:
    seller.fails = 1
    seller.pause = 0.05
    command = [str(PYTHON), str(PROGRAM), client, f"{place.url}/v1", place.secret, CHAT, SEARCH]
    ran = subprocess.run(command, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-4000:]
    text = "".join(WORDS)
    assert json.loads(ran.stdout.splitlines()[-1]) == {
        "text": text,  # after it was asked twice
        "tokens": len(WORDS),
        "streamed": text,
        "tool": ["look_up", {"place": "Palermo"}],
        "after": text,
        "vectors": [2, 2],
        "unknown": 404,
        "bad": 400,
        "stranger": 401,
    }
    until(lambda: Call.objects.filter(state=CallState.STOPPED).count() == 1)  # the stream that it left
    assert Call.objects.filter(state=CallState.FAILED).count() == 1
    assert Call.objects.filter(state=CallState.DONE).count() == 5  # refusals begin none
    assert len(vectors.questions) == 1
