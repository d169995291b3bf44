"""JSON-RPC over pooled connections: single calls, batches, and another endpoint where one does not answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Self

import certifi
import msgspec
import urllib3
from django.conf import settings

from contracts.errors import PermanentChainError, RetryableChainError, RevertedError, TooMuchError
from contracts.models import Chain

from . import reverts
from .endpoints import Endpoint, by_preference

Call = tuple[str, Sequence[Any]]

OK = 200
CONNECTIONS = 8  # to one endpoint
BATCH = 100  # calls in one HTTP request; public endpoints take no more
REVERTED = 3  # JSON-RPC's error code for a call that the EVM refused
LIMITS = {-32005, -32016, -32097, 429}  # what providers say when it was too much just now
INTERNAL = -32603  # a node's own trouble
BATCHED = "a batch"  # stands for the method where a batch is refused as a whole
BOUNDED = {"eth_getLogs", BATCHED}  # what providers limit
MOST_BYTES = 32 * 2**20  # of one answer; who asked for more is told to ask for less
TOO_LARGE = {413, 414}  # HTTP's words for the same
# Providers write what they mean in prose, under codes that differ. Being asked too often is not being asked too much.
TOO_OFTEN = re.compile(r"\brate\b|too many requests|per (second|minute|day)|capacity|daily|throughput", re.IGNORECASE)
TOO_MUCH = re.compile(
    r"more than [\d,]+ (results|logs)|(block|log|logs) range|range (is )?(too|exceed|limit|large)"
    r"|limited to|too large|(response|result|reply|batch)( set)? (size|limit|is too)|query (timeout|exceeds)"
    r"|exceed\w* (the )?(max|limit|range|block)|too many (results|logs|blocks)|max(imum)? (results|block|batch)",
    re.IGNORECASE,
)


class Answer(msgspec.Struct, gc=False):
    """One answer of JSON-RPC. Its result is read as soon as it is known what it has to be, and that is fast."""

    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


_answers = msgspec.json.Decoder(list[Answer] | Answer)


class Client:
    """Talks to one chain. Safe to share between threads; make it after a fork, never before."""

    def __init__(self, urls: Sequence[str], timeout: float | None = None) -> None:
        """Take the endpoints in the order of preference.

        ``timeout`` in seconds holds for one HTTP request; by default it is the setting RPC_TIMEOUT.
        """
        self.endpoints = [Endpoint(url) for url in urls]
        self._http = urllib3.PoolManager(
            maxsize=CONNECTIONS,
            block=True,
            timeout=timeout or settings.RPC_TIMEOUT,
            retries=False,  # nor redirects: an endpoint is an address that somebody has configured
            ca_certs=certifi.where(),
        )
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.clear()

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call."""
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[Call], endpoint: Endpoint | None = None) -> list[Any]:
        """Return the results of the calls, in their order, as JSON's own kinds of values; see ``raw``."""
        return [read(result) for result in self.raw(calls, endpoint)]

    def raw(self, calls: Sequence[Call], endpoint: Endpoint | None = None) -> list[msgspec.Raw]:
        """Return the results of the calls, in their order, unread; at most BATCH of them travel in one HTTP request.

        All of them ask one endpoint: the first that answers, or the one named. Raises RetryableChainError where none
        does, TooMuchError where it would answer less, RevertedError where a contract refused, PermanentChainError for
        any other refusal.
        """
        trouble: RetryableChainError | None = None
        for asked in [endpoint] if endpoint else by_preference(self.endpoints):
            try:
                answers = [result for part in _parts(calls) for result in self._send(asked.url, part)]
            except TooMuchError:
                raise
            except RetryableChainError as error:
                asked.failed()
                trouble = error
            else:
                asked.succeeded()
                return answers
        raise trouble or RetryableChainError("This chain has no endpoint.")

    def block_number(self) -> int:
        """Return the number of the chain's last block."""
        return int(self.call("eth_blockNumber"), 16)

    def eth_call(self, to: str, data: str, *, block: int | str = "latest", sender: str | None = None) -> str:
        """Return what a view answers, as hexadecimal text, at a block's number, its hash, or a tag such as ``latest``.

        Nothing outside the chain is asked, whatever the contract wants (no CCIP-Read).
        """
        request = {"to": to, "data": data, **({"from": sender} if sender else {})}
        return str(self.call("eth_call", request, block_tag(block)))

    def _send(self, url: str, calls: Sequence[Call]) -> list[msgspec.Raw]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]
        answers = self._post(url, requests)
        return [_result(answers.get(request["id"]), str(request["method"])) for request in requests]

    def _post(self, url: str, requests: list[dict[str, Any]]) -> dict[Any, Answer]:
        """Return the answers by their ids. A single request travels alone: not every endpoint takes batches."""
        try:
            found = _answers.decode(self._read(url, requests if len(requests) > 1 else requests[0]))
        except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
            raise RetryableChainError(reason=type(error).__name__) from error
        if isinstance(found, Answer) and found.id is None:
            _result(found)  # the whole batch was refused
        return {answer.id: answer for answer in (found if isinstance(found, list) else [found])}

    def _read(self, url: str, request: object) -> bytes:
        """Return the body of an answer, and stop reading where it is larger than MOST_BYTES."""
        with self._http.request("POST", url, json=request, preload_content=False) as response:
            if response.status in TOO_LARGE:
                raise TooMuchError(reason=f"HTTP {response.status}")
            if response.status != OK:
                raise RetryableChainError(reason=f"HTTP {response.status}")
            body = response.read(MOST_BYTES + 1, decode_content=False)
            if len(body) > MOST_BYTES:
                response.close()  # what is left of it is not worth reading
                raise TooMuchError(reason=f"the answer is larger than {MOST_BYTES} bytes")
            response.release_conn()
        return body


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


def read(result: msgspec.Raw) -> Any:
    """Return a result as JSON's own kinds of values."""
    try:
        return msgspec.json.decode(result)
    except ValueError as error:
        raise RetryableChainError(reason=type(error).__name__) from error


def _result(answer: Answer | None, method: str = BATCHED) -> msgspec.Raw:
    if answer is None:
        raise RetryableChainError(reason="an answer is missing")
    if answer.error is None:
        return answer.result
    error = answer.error if isinstance(answer.error, dict) else {"message": answer.error}
    code, message, data = error.get("code"), str(error.get("message", "")), error.get("data")
    if code == REVERTED or (isinstance(data, str) and "revert" in message):
        reason = reverts.explain(data if isinstance(data, str) else "")
        raise RevertedError(reason.sentence, name=reason.name, args=reason.args)
    if method in BOUNDED and TOO_MUCH.search(message) and not TOO_OFTEN.search(message):
        raise TooMuchError(reason=message)
    if code in LIMITS or code == INTERNAL:
        raise RetryableChainError(reason=message)
    raise PermanentChainError(reason=message)
