"""WalletConnect's relay on the loopback: it carries sealed messages between the two who know a topic, and reads none.

As much of its protocol as the two clients speak: JSON-RPC over a websocket, ``irn_…`` for topics, and ``wc_…`` for two
steps of pairing that are one request each. What is said before somebody listens is kept for them.
"""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve


@dataclass
class Relay:
    """``said`` is all that was published, by topic, each with its sender."""

    project: str
    address: str = ""
    said: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    listening: dict[str, set[ServerConnection]] = field(default_factory=dict)
    turn: Lock = field(default_factory=Lock)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse who names another project, or does not say who they are."""
        query = parse_qs(urlsplit(request.path).query)
        if query.get("projectId") == [self.project] and query.get("auth"):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "Unknown project.")

    def attend(self, connection: ServerConnection) -> None:
        """Answer one client until it goes."""
        with suppress(ConnectionClosed):  # a page or a phone that is closed says no goodbye
            while True:
                asked = json.loads(connection.recv())
                if "method" in asked:  # else it has got a message
                    with self.turn:
                        self._answer(connection, asked)

    def _answer(self, connection: ServerConnection, asked: dict[str, Any]) -> None:
        own: Callable[..., Any] = getattr(self, f"_{asked['method']}")
        given, after = own(connection, asked["params"])
        connection.send(json.dumps({"id": asked["id"], "jsonrpc": "2.0", "result": given}))
        for topic, message, receivers in after:
            for receiver in receivers:
                self._hand(receiver, topic, message)

    def _hand(self, receiver: ServerConnection, topic: str, message: str) -> None:
        data = {"topic": topic, "message": message, "publishedAt": int(time.time() * 1000), "tag": 0}
        told = {"id": time.time_ns() // 1000, "jsonrpc": "2.0", "method": "irn_subscription"}
        try:
            receiver.send(json.dumps({**told, "params": {"id": topic, "data": data}}))
        except ConnectionClosed:
            self.listening[topic].discard(receiver)

    def _publish(self, sender: ServerConnection, topic: str, message: str) -> tuple[str, str, list[ServerConnection]]:
        self.said.setdefault(topic, []).append((client_of(sender), message))
        others = [each for each in self.listening.get(topic, ()) if client_of(each) != client_of(sender)]
        return topic, message, others

    def _listen(self, listener: ServerConnection, topic: str) -> list[tuple[str, str, list[ServerConnection]]]:
        self.listening.setdefault(topic, set()).add(listener)
        said = self.said.get(topic, ())
        return [(topic, message, [listener]) for sender, message in said if sender != client_of(listener)]

    def _irn_publish(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:
        return True, [self._publish(client, asked["topic"], asked["message"])]

    def _irn_subscribe(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:
        return asked["topic"], self._listen(client, asked["topic"])

    def _irn_batchSubscribe(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:  # noqa: N802
        return asked["topics"], [each for topic in asked["topics"] for each in self._listen(client, topic)]

    def _irn_unsubscribe(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:
        self.listening.get(asked["topic"], set()).discard(client)
        return True, []

    def _wc_proposeSession(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:  # noqa: N802
        topic = asked["pairingTopic"]
        return True, [*self._listen(client, topic), self._publish(client, topic, asked["sessionProposal"])]

    def _wc_approveSession(self, client: ServerConnection, asked: dict[str, Any]) -> tuple[Any, list[Any]]:  # noqa: N802
        response = self._publish(client, asked["pairingTopic"], asked["sessionProposalResponse"])
        heard = self._listen(client, asked["sessionTopic"])
        return True, [response, *heard, self._publish(client, asked["sessionTopic"], asked["sessionSettlementRequest"])]


def client_of(connection: ServerConnection) -> str:
    """Return who is at the other end: a page that was loaded again is the same client."""
    assert connection.request
    _, payload, _ = parse_qs(urlsplit(connection.request.path).query)["auth"][0].split(".")
    return str(json.loads(urlsafe_b64decode(payload + "==="))["iss"])


@contextmanager
def relaying(project: str) -> Iterator[Relay]:
    """Carry messages for one project until the block ends."""
    relay = Relay(project)
    with serve(relay.attend, "127.0.0.1", 0, process_request=relay.admit) as server:
        relay.address = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield relay
        server.shutdown()
