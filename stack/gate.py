"""The one way to the demo's anvil: HTTP on the loopback for programs of this machine, anvil's Unix socket behind it.

Anvil itself answers whoever reaches its port, under any name, and holds the demo's coins. So it gets an address that
nobody can connect to, and its socket lies in a folder that only this user may enter.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from .own_machine import OwnMachine, Receive, Refusal, Scope, Send, refuse, values
from .trouble import Trouble

MOST_BYTES = 4_000_000  # of a request; a transaction carries at most 128 KiB
CHUNK = 2**18
INVALID, UNREADABLE = -32600, -32700  # JSON-RPC's error codes
# Who asks for these follows a transaction, or is about to send one; `evm_` and `anvil_` change the chain by hand.
FOLLOWING = {"eth_estimateGas", "eth_getTransactionByHash", "eth_getTransactionReceipt"}
ACTING = ("eth_send", "evm_", "anvil_")


class Node:
    """Anvil behind its socket. Each question has its own connection, so that no answer meets another's question."""

    def __init__(self, socket: Path) -> None:
        """Take the path of the socket; nothing is opened yet."""
        self.socket = socket

    async def raw(self, body: bytes) -> AsyncIterator[bytes]:
        """Give the answer to one request, or one batch, in the pieces that it comes in. Raises OSError."""
        reader, writer = await asyncio.open_unix_connection(str(self.socket))
        try:
            writer.write(body)
            while piece := await reader.read(CHUNK):
                yield piece.removesuffix(b"\n")
                if piece.endswith(b"\n"):  # JSON has none inside
                    return
            raise ConnectionError("The chain has ended in the middle of an answer.")
        finally:
            writer.close()

    async def ask(self, method: str, *params: object) -> Any:
        """Return the result of one call. Raises OSError where nobody answers, Trouble where anvil refuses."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        answer = json.loads(b"".join([piece async for piece in self.raw(body)]))
        if "error" in answer:
            raise Trouble(f"The demo's chain refused {method}: {answer['error'].get('message')}.")
        return answer["result"]


class Gate:
    """The application of ASGI that passes calls on, and calls ``woken`` for each that follows a transaction."""

    def __init__(self, node: Node, woken: Callable[[], None]) -> None:
        """Take where calls go."""
        self._node, self._woken = node, woken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if refusal := _odd(scope):
            await refuse(send, refusal)
            return
        body = await _read(receive)
        if body is None:
            await refuse(send, Refusal(413, f"A request has at most {MOST_BYTES} bytes."))
            return
        try:
            calls = _calls(json.loads(body))
        except (ValueError, RecursionError):
            await _answer(send, 200, _error(UNREADABLE, "Parse error"))
            return
        await self._pass_on(calls, send)

    async def _pass_on(self, calls: list[Any] | dict[str, Any] | None, send: Send) -> None:
        if calls is None:
            await _answer(send, 200, _error(INVALID, "Invalid request"))
            return
        if any(map(_follows, calls if isinstance(calls, list) else [calls])):
            self._woken()
        answer = self._node.raw(json.dumps(calls).encode())
        try:
            first = await anext(answer)
        except (OSError, StopAsyncIteration):
            await refuse(send, Refusal(503, "The chain does not answer."))
            return
        await _start(send, 200)
        await send({"type": "http.response.body", "body": first, "more_body": True})
        async for piece in answer:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})


def guarded(node: Node, woken: Callable[[], None]) -> OwnMachine:
    """Return the gate with the check of who asks in front of it."""
    return OwnMachine(Gate(node, woken))


def _odd(scope: Scope) -> Refusal | None:
    """Return why this is no request of JSON-RPC; a page may send other types to another origin without being asked."""
    if scope["method"] != "POST":
        return Refusal(405, "The chain takes JSON-RPC by POST.")
    kinds = [value.partition(b";")[0].strip().lower() for value in values(scope["headers"], b"content-type")]
    return None if kinds == [b"application/json"] else Refusal(415, "The chain takes application/json.")


async def _read(receive: Receive) -> bytes | None:
    """Return the body; None where it is too large."""
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            return body


def _calls(asked: Any) -> list[Any] | dict[str, Any] | None:
    """Return what was asked if it is one call, or a list of them, that each have an answer; anvil says nothing else."""
    each = asked if isinstance(asked, list) else [asked]
    whole = each and all(isinstance(call, dict) and isinstance(call.get("method"), str) for call in each)
    return asked if whole and all(call.get("id") is not None for call in each) else None


def _follows(call: dict[str, Any]) -> bool:
    return call["method"] in FOLLOWING or call["method"].startswith(ACTING)


def _error(code: int, message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}).encode()


async def _start(send: Send, status: int) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _answer(send: Send, status: int, body: bytes) -> None:
    await _start(send, status)
    await send({"type": "http.response.body", "body": body})
