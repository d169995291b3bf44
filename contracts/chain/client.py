"""JSON-RPC over pooled connections: single calls, batches, and another endpoint where one does not answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Self

import httpx

from contracts.errors import PermanentChainError, RetryableChainError, RevertedError
from contracts.models import Chain

from . import reverts

Call = tuple[str, Sequence[Any]]

BATCH = 100  # calls in one HTTP request; public endpoints take no more
REVERTED = 3  # JSON-RPC's error code for a call that the EVM refused
LIMITS = {-32005, -32016, -32097, 429}  # what providers say when it was too much just now
INTERNAL = -32603  # a node's own trouble


class Client:
    """Talks to one chain. Safe to share between threads; make it after a fork, never before."""

    def __init__(self, urls: Sequence[str], timeout: float = 10) -> None:
        """Take the endpoints in the order of preference; ``timeout`` in seconds holds for one HTTP request."""
        self._urls = urls
        self._http = httpx.Client(timeout=timeout, limits=httpx.Limits(max_connections=8))
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call], endpoint: int | None = None) -> list[Any]:
        """Return the results of the calls, in their order; at most BATCH of them travel in one HTTP request.

        All of them ask one endpoint: the first that answers, or the one named. Raises RetryableChainError where none
        does, RevertedError where a contract refused, PermanentChainError for any other refusal.
        """
        urls = self._urls if endpoint is None else [self._urls[endpoint]]
        trouble: RetryableChainError | None = None
        for url in urls:
            try:
                return [result for part in _parts(calls) for result in self._send(url, part)]
            except RetryableChainError as error:
                trouble = error
        raise trouble or RetryableChainError("This chain has no endpoint.")

    @property
    def endpoints(self) -> int:
        """How many endpoints there are."""
        return len(self._urls)

    def block_number(self) -> int:
        """Return the number of the chain's last block."""
        return int(self.call("eth_blockNumber"), 16)

    def eth_call(self, to: str, data: str, *, block: int | str = "latest", sender: str | None = None) -> str:
        """Return what a view answers, as hexadecimal text, at a block's number, its hash, or a tag such as ``latest``.

        Nothing outside the chain is asked, whatever the contract wants (no CCIP-Read).
        """
        request = {"to": to, "data": data, **({"from": sender} if sender else {})}
        return str(self.call("eth_call", request, block_tag(block)))

    def _send(self, url: str, calls: Sequence[Call]) -> list[Any]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]
        answers = self._post(url, requests)
        return [_result(answers.get(request["id"])) for request in requests]

    def _post(self, url: str, requests: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
        """Return the answers by their ids. A single request travels alone: not every endpoint takes batches."""
        try:
            response = self._http.post(url, json=requests if len(requests) > 1 else requests[0])
            response.raise_for_status()
            body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RetryableChainError(reason=type(error).__name__) from error
        if isinstance(body, dict) and "id" in body and body["id"] is None:
            _result(body)  # the whole batch was refused
        answers = body if isinstance(body, list) else [body]
        return {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}


def client(chain: Chain) -> Client:
    """Return this process's client of a chain."""
    return _client(tuple(chain.endpoints))


@lru_cache
def _client(urls: tuple[str, ...]) -> Client:
    return Client(urls)


def block_tag(block: int | str) -> Any:
    """Return how JSON-RPC names a block: by number, by hash (EIP-1898), or by a tag."""
    if isinstance(block, int):
        return hex(block)
    return {"blockHash": block} if block.startswith("0x") else block


def _parts(calls: Sequence[Call]) -> Iterator[Sequence[Call]]:
    for start in range(0, len(calls), BATCH):
        yield calls[start : start + BATCH]


def _result(answer: dict[str, Any] | None) -> Any:
    if answer is None:
        raise RetryableChainError(reason="an answer is missing")
    if "error" not in answer:
        return answer.get("result")
    error = answer["error"]
    code, message, data = error.get("code"), str(error.get("message", "")), error.get("data")
    if code == REVERTED or (isinstance(data, str) and "revert" in message):
        reason = reverts.explain(data if isinstance(data, str) else "")
        raise RevertedError(reason.sentence, name=reason.name, args=reason.args)
    if code in LIMITS or code == INTERNAL:
        raise RetryableChainError(reason=message)
    raise PermanentChainError(reason=message)
