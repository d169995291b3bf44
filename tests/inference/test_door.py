"""The engines answer who knows their key, under this machine's own name; a web page knows neither."""

import http.client
import json

import pytest

from inference.servers import engine_of
from inference.upstream import embed, is_alive

from .conftest import KEY, Engines

pytestmark = [pytest.mark.xdist_group("engine"), pytest.mark.usefixtures("engines")]

PATHS = ["/health", "/v1/models", "/v1/embeddings", "/v1/chat/completions", "/reset", "/docs", "/nothing"]


def ask(port: int, path: str, **headers: str) -> int:
    """Send exactly these headers, and return the status of the answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest("POST" if path.startswith("/v1/c") else "GET", path, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        line.putheader(name, value)
    line.putheader("Content-Length", "2")
    line.endheaders(b"{}")
    answer = line.getresponse()
    try:
        body = answer.read()
        assert answer.status < 400 or json.loads(body)
        return answer.status
    finally:
        line.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["chat", "embeddings"])
def test_nothing_is_answered_without_the_key_under_another_name_or_to_a_page(
    engines: Engines, kind: str, path: str
) -> None:
    port, known = getattr(engines, kind).port, f"Bearer {KEY}"
    assert ask(port, path, Host=f"127.0.0.1:{port}") == 401
    assert ask(port, path, Host=f"127.0.0.1:{port}", Authorization="Bearer x") == 401
    assert ask(port, path, Host=f"evil.example:{port}", Authorization=known) == 421
    assert ask(port, path, Host=f"127.0.0.1:{port}", Authorization=known, Origin="https://evil.example") == 403


def test_what_asks_for_us_knows_the_key() -> None:
    for name in ("smollm2", "minilm"):
        assert is_alive(engine_of(name))
    (vector,), _ = embed(engine_of("minilm"), ["hello"])
    assert len(vector) == 384
