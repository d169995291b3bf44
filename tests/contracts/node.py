"""An anvil for tests, what is done on it, and an endpoint between it and us that can be made to lie."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from contracts.chain import codec
from contracts.chain.client import Client
from contracts.errors import RetryableChainError
from contracts.names import COIN
from marketplace.demo.history import model_id
from marketplace.onchain.models.listings import Plan
from stack import anvil, tether
from tests.ports import free_port
from tests.waiting import until

DAY = 86_400
MONTH = 30 * DAY
Answer = Callable[[dict[str, Any], Any], Any]


@contextmanager
def running(*options: str, accounts: int = anvil.ACCOUNTS) -> Iterator[str]:
    """Run an anvil that mines each transaction at once; yield its address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="citrate-anvil-") as states:  # else it leaves them in the home folder
        where = ("--port", str(port), "--no-cors", "--cache-path", states)
        argv = [str(anvil.program()), *where, "--quiet", "--accounts", str(accounts), *options]
        child = subprocess.Popen(tether.command(*argv, stop="KILL"), env=tether.environment())
        try:
            with Client([anvil.url(port)]) as rpc:
                wait_for(rpc)
            yield anvil.url(port)
        finally:
            child.kill()
            child.wait()


def wait_for(rpc: Client, seconds: float = 60) -> None:
    def answers() -> bool:
        try:
            rpc.block_number()
        except RetryableChainError:
            return False
        return True

    until(answers, "the chain answers", seconds)


@dataclass
class Market:
    """The contracts on a test's chain, and the people who use them: anvil's accounts, by number."""

    rpc: Client
    deployment: dict[str, str]

    def __post_init__(self) -> None:
        self.accounts: list[str] = [account.lower() for account in self.rpc.call("eth_accounts")]

    def request(self, sender: int, contract: str, function: str, args: Sequence[Any] = (), value: int = 0) -> Any:
        """Return a transaction as the node takes it from one of its own accounts."""
        return {
            "from": self.accounts[sender],
            "to": self.deployment[contract],
            "data": codec.call_data(contract, function, args),
            "value": hex(value),
            "gas": hex(1_000_000),
        }

    def send(self, sender: int, contract: str, function: str, args: Sequence[Any] = (), value: int = 0) -> Any:
        """Send a transaction, and return its receipt."""
        hashed = self.rpc.call("eth_sendTransaction", self.request(sender, contract, function, args, value))
        receipt = until(lambda: self.rpc.call("eth_getTransactionReceipt", hashed), "it is mined", every=0.005)
        assert (receipt["status"], bool(receipt["logs"])) == ("0x1", True)  # where no contract is, all goes well
        return receipt

    def view(self, contract: str, function: str, args: Sequence[Any] = (), block: int | str = "latest") -> Any:
        data = codec.call_data(contract, function, args)
        return codec.decode_result(contract, function, self.rpc.eth_call(self.deployment[contract], data, block=block))

    def mine(self, blocks: int = 1) -> None:
        self.rpc.call("anvil_mine", hex(blocks), "0x1")

    def model(self, seller: int, slug: str) -> str:
        return model_id(self.accounts[seller], slug)

    def list_model(self, seller: int, slug: str, *, price: int = 10**16, month: int = 10**15, parent: str = "") -> str:
        """List a model with a pass and a subscription; return its id."""
        model = self.model(seller, slug)
        terms = {
            "modelId": model,
            "category": 3,
            "free": False,
            "metadata": f"ipfs://{slug}",
            "plans": [
                {"plan": Plan.LASTING, "token": COIN, "price": price, "period": 0},
                {"plan": Plan.SUBSCRIPTION, "token": COIN, "price": month, "period": MONTH},
            ],
            "recipients": [],
            "bps": [],
            "parent": parent or "0x" + "0" * 64,
            "royaltyBps": 1_000 if parent else 0,
            "searchTerms": [],
            "rates": [],
        }
        self.send(seller, "ModelMarketplace", "list", [terms])
        return model

    def order(self, buyer: int, model: str, plan: Plan, quantity: int = 1, **changes: Any) -> dict[str, Any]:
        return {
            "modelId": model,
            "plan": plan,
            "quantity": quantity,
            "recipient": self.accounts[buyer],
            "token": COIN,
            "maxPrice": 10**20,
            "deadline": 2**63,
            "referrer": COIN,
            "ref": "0x" + "11" * 32,
            **changes,
        }

    def buy(self, buyer: int, model: str, plan: Plan = Plan.LASTING, quantity: int = 1, **changes: Any) -> Any:
        order = self.order(buyer, model, plan, quantity, **changes)
        return self.send(buyer, "ModelMarketplace", "purchase", [order], 10**18)


class Between(ThreadingHTTPServer):
    """A real endpoint that passes everything on to another one, and changes answers as ``lie`` says."""

    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Say nothing: clients are killed in the middle of an answer."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.lie: Answer = lambda request, answer: answer
        self.rewrite: Callable[[Any], Any] = lambda answers: answers
        self.status = 200
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.client = Client([self.url])


class _Handler(BaseHTTPRequestHandler):
    server: Between

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        asked = urllib.request.Request(self.server.behind, sent, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.urlopen(asked, timeout=10) as response:  # noqa: S310  the address of our own anvil
            answers = json.load(response)
        requests = json.loads(sent)
        if isinstance(requests, dict):
            answers = self._changed(requests, answers)
        else:
            by_id = {request["id"]: request for request in requests}
            answers = [self._changed(by_id[answer["id"]], answer) for answer in answers]
        body = json.dumps(self.server.rewrite(answers)).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _changed(self, request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        return {**answer, "result": self.server.lie(request, answer.get("result"))}

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def between(behind: str) -> Iterator[Between]:
    server = Between(behind)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)  # looks for its end so often
    thread.start()
    try:
        yield server
    finally:
        server.client.__exit__()
        server.shutdown()
        server.server_close()
        thread.join()
