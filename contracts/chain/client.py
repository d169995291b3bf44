"""JSON-RPC over pooled connections: single calls, batches, and another endpoint where one does not answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Self, TypeVar

import msgspec
import structlog
from django.conf import settings

from common.outbound import Outbound, OutboundError, TooLargeError
from contracts.errors import EndpointError, PermanentChainError, RetryableChainError, TooMuchError
from contracts.models import Chain

from .endpoints import Endpoint, by_preference
from .refusals import BATCHED, HEXADECIMAL, error_of

Call = tuple[str, Sequence[Any]]
R = TypeVar("R")

log = structlog.get_logger(__name__)

OK = 200
CONNECTIONS = 8  # to one endpoint
BATCH = 100  # calls in one HTTP request; public endpoints take no more
GAS_OF_OTHERS = 10_000_000  # the most for a contract that others wrote; what needs more is hostile or broken
MOST_BYTES = 32 * 2**20  # of one answer; beyond that the caller is told to ask for less
TOO_LARGE = {413, 414}  # HTTP's words for the same
QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")


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

        ``timeout`` in seconds holds for one HTTP request, from its beginning to the last byte of the answer; by default
        it is the setting RPC_TIMEOUT.
        """
        self.endpoints = [Endpoint(url) for url in urls]
        self._http = Outbound(CONNECTIONS)
        self._seconds = timeout or settings.RPC_TIMEOUT
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def call(self, method: str, *params: Any) -> Any:
        """Return the result of one call, as JSON's own kinds of values."""
        return self.batch([(method, params)])[0]

    def quantity(self, method: str, *params: Any) -> int:
        """Return the number that one call answers."""
        return self.quantities([(method, params)])[0]

    def quantities(self, calls: Sequence[Call]) -> list[int]:
        """Return the numbers that the calls answer, in their order; see ``ask``."""
        return self.ask(calls, _quantity)

    def batch(self, calls: Sequence[Call], endpoint: Endpoint | None = None) -> list[Any]:
        """Return the results of the calls, in their order, as JSON's own kinds of values; see ``ask``."""
        return self.ask(calls, read, endpoint)

    def raw(self, calls: Sequence[Call], endpoint: Endpoint | None = None) -> list[msgspec.Raw]:
        """Return the results of the calls, in their order, unread; see ``ask``."""
        return self.ask(calls, lambda result: result, endpoint)

    def ask(
        self, calls: Sequence[Call], reader: Callable[[msgspec.Raw], R], endpoint: Endpoint | None = None
    ) -> list[R]:
        """Return what ``reader`` makes of each result, in the order of the calls; BATCH of them travel in one request.

        All of them ask one endpoint: the first that answers, or the one named. One that does not answer, or whose
        answer the reader takes for malformed, rests for a while; a contract's answer never makes it. Raises
        RetryableChainError where no endpoint answers, TooMuchError where it would answer less, RevertedError where a
        contract refused or failed, PermanentChainError for any other refusal.
        """
        trouble: RetryableChainError | None = None
        for asked in [endpoint] if endpoint else by_preference(self.endpoints):
            try:
                answers = [reader(result) for part in _parts(calls) for result in self._send(asked.url, part)]
            # Every endpoint would say so: the caller has to ask for less.
            except TooMuchError:
                raise
            except RetryableChainError as error:
                # Only for the endpoint's own fault: a contract must not be able to make it look broken.
                if isinstance(error, EndpointError):
                    asked.failed()
                log.warning("no answer from a chain", host=asked.host, method=calls[0][0], reason=error.reason)
                trouble = error
            # This is an answer, and another endpoint would give the same.
            except PermanentChainError as error:
                log.info("a chain refused", host=asked.host, method=calls[0][0], reason=error.reason)
                raise
            else:
                asked.succeeded()
                return answers
        raise trouble or RetryableChainError("This chain has no endpoint.")

    def block_number(self) -> int:
        """Return the number of the chain's last block."""
        return self.quantity("eth_blockNumber")

    def eth_call(
        self,
        to: str | None,
        data: str,
        *,
        block: int | str = "latest",
        sender: str | None = None,
        gas: int | None = None,
    ) -> str:
        """Return what a view answers, as hexadecimal text, at a block's number, its hash, or a tag such as ``latest``.

        Without ``to`` the data is run as a constructor's, and what it returns is the answer. Name the most ``gas``
        where others wrote the contract (GAS_OF_OTHERS): it could keep a node busy until its time is up. Nothing outside
        the chain is asked, whatever the contract wants (no CCIP-Read).
        """
        parts = {"to": to, "data": data, "from": sender, "gas": None if gas is None else hex(gas)}
        request = {name: value for name, value in parts.items() if value is not None}
        return self.ask([("eth_call", (request, block_tag(block)))], _hexadecimal)[0]

    def _send(self, url: str, calls: Sequence[Call]) -> list[msgspec.Raw]:
        requests = [
            {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}
            for method, params in calls
        ]
        answers = self._post(url, requests)
        # By id: the answers of a batch come in any order (JSON-RPC 2.0).
        return [_result(answers.get(request["id"]), str(request["method"])) for request in requests]

    def _post(self, url: str, requests: list[dict[str, Any]]) -> dict[Any, Answer]:
        """Return the answers by their ids. A single request travels alone: not every endpoint takes batches."""
        try:
            found = _answers.decode(self._read(url, requests if len(requests) > 1 else requests[0]))
        except (ValueError, RecursionError) as error:
            raise EndpointError(reason=type(error).__name__) from error
        if isinstance(found, Answer) and found.id is None:
            _result(found)  # the whole batch was refused
        return {answer.id: answer for answer in (found if isinstance(found, list) else [found])}

    def _read(self, url: str, request: object) -> bytes:
        """Return the body of an answer, and stop reading where it is larger than MOST_BYTES."""
        try:
            answer = self._http.post(url, request, seconds=self._seconds, most_bytes=MOST_BYTES)
        except TooLargeError as error:
            raise TooMuchError(reason=str(error)) from error
        except OutboundError as error:
            raise EndpointError(reason=str(error)) from error
        if answer.status in TOO_LARGE:
            raise TooMuchError(reason=f"HTTP {answer.status}")
        if answer.status != OK:
            raise EndpointError(reason=f"HTTP {answer.status}")
        return answer.body


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
    except (ValueError, RecursionError) as error:
        raise EndpointError(reason=type(error).__name__) from error


def _quantity(result: msgspec.Raw) -> int:
    return int(_matched(QUANTITY, result), 16)


def _hexadecimal(result: msgspec.Raw) -> str:
    return _matched(HEXADECIMAL, result)


def _matched(pattern: re.Pattern[str], result: msgspec.Raw) -> str:
    value = read(result)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise EndpointError(reason=f"the answer is not {pattern.pattern}")
    return value


def _result(answer: Answer | None, method: str = BATCHED) -> msgspec.Raw:
    if answer is None:
        raise EndpointError(reason="an answer is missing")
    if answer.error is not None:
        raise error_of(answer.error, method)
    return answer.result
