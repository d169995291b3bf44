"""A wallet for the browser tests: an EIP-6963 provider in the page whose other half signs here, with a key of its own.

What is no signature goes to the chain as it is. ``faults`` says what its person refuses, ``hold`` that its window
stays open; ``select``, ``speed_up`` and ``cancel`` are what else one does there.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

from eth_account import Account as Keys
from eth_account.messages import encode_defunct, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from playwright.sync_api import Page

from tests import anvil

PROVIDER = """(() => {
  const listeners = {};
  const held = {};
  const asked = new Set();
  window.wasTestWalletAsked = (method) => asked.has(method);
  const hold = (method) => (held[method] = Promise.withResolvers());
  const kept = () => JSON.parse(sessionStorage.getItem("held") ?? "[]"); // a page that follows in the tab is held too
  kept().forEach(hold);
  const provider = {
    async request({ method, params }) {
      asked.add(method);
      await held[method]?.promise;
      const { result, error } = await window.askTestWallet(method, params ?? []);
      if (error) throw Object.assign(new Error(error.message), error);
      return result;
    },
    on: (name, listener) => (listeners[name] ??= []).push(listener),
    removeListener: () => {},
  };
  window.tellWalletListeners = ([name, value]) => (listeners[name] ?? []).forEach((listener) => listener(value));
  window.holdTestWallet = (method) => {
    sessionStorage.setItem("held", JSON.stringify([...kept(), method]));
    hold(method);
  };
  window.releaseTestWallet = (method) => {
    sessionStorage.setItem("held", JSON.stringify(kept().filter((name) => name !== method)));
    held[method].resolve();
  };
  const info = {
    uuid: "350670db-19fa-4704-a166-e52e178b59d2", name: "Test wallet", rdns: "org.example.wallet",
    icon: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E",
  };
  const detail = Object.freeze({ info: Object.freeze(info), provider });
  const announce = () => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  window.addEventListener("eip6963:requestProvider", announce);
  announce();
})()"""

REJECTED = {"code": 4001, "message": "User rejected the request."}
PENDING = {"code": -32002, "message": "Request of type 'personal_sign' already pending."}
NOT_SHARED = {"code": 4100, "message": "The requested account has not been authorized by the user."}
NO_METHOD = {"code": -32601, "message": "The method does not exist."}
DUPLICATE = {"code": 5720, "message": "Duplicate ID."}
UNKNOWN_BATCH = {"code": 5730, "message": "Unknown bundle id."}
UNKNOWN_CHAIN = {"code": 4902, "message": "Unrecognized chain ID."}


def made_by(calls: list[dict[str, str]]) -> Iterator[bytes]:
    """Yield the parts of an EVM program that makes these calls one after the other, and reverts where one does."""
    data = [bytes.fromhex(each["data"].removeprefix("0x")) for each in calls]
    # who gives it a pass asks whether it takes it (ERC-1155); the account itself sends nothing along
    receiving = bytes.fromhex("361561001457" + "63f23a6e61" + "60e01b5f5260205ff3" + "5b")
    yield receiving
    length, first = 62, len(receiving)  # of the code for one call, and where that of the first begins
    at = first + len(calls) * length + 1  # where the data begins
    for place, (call, sent) in enumerate(zip(calls, data, strict=True)):
        begin = at + sum(map(len, data[:place]))
        # The data is copied to the beginning of the memory, and the call made with it.
        yield b"\x61" + len(sent).to_bytes(2) + b"\x61" + begin.to_bytes(2) + b"\x5f\x39"
        yield b"\x5f\x5f\x61" + len(sent).to_bytes(2) + b"\x5f\x6f" + int(call["value"], 16).to_bytes(16)
        yield b"\x73" + bytes.fromhex(call["to"].removeprefix("0x")) + b"\x5a\xf1"
        # Where it failed, all of it is taken back.
        over = first + place * length + length - 1
        yield b"\x61" + over.to_bytes(2) + b"\x57\x5f\x5f\xfd\x5b"
    yield b"\x00" + b"".join(data)


def deploying(program: str) -> str:
    """Return the data of the transaction that puts a program on the chain."""
    code = bytes.fromhex(program.removeprefix("0x"))
    return "0x61" + len(code).to_bytes(2).hex() + "80600a5f395ff3" + code.hex()


class Signer:
    """What signs and sends for the accounts of one person, as any wallet does once it is asked."""

    def __init__(self, node: str, keys: LocalAccount | None = None) -> None:
        self.node = node
        self.keys: LocalAccount = keys or Keys.create()
        self.known = {self.address.lower(): self.keys}
        self.sent: list[dict[str, Any]] = []  # what it has signed and sent, as it was filled in
        self.raw = ""  # the last of it, signed
        self.chain_id = "0x7a69"
        self.known_chains = {self.chain_id}
        self.asked: list[str] = []
        self.keeps_nonces = True  # whether it takes the nonce that a page asks for
        self.faults: dict[str, dict[str, Any]] = {}  # what a method is answered with instead, once
        self.batches = ""  # what it says of calls that are sent as one; empty: it knows no such thing
        self.batch_status = 200  # what it says became of them
        self.batched: dict[str, list[str]] = {}  # the hashes of what it has sent so, by the names that pages gave

    @property
    def address(self) -> str:
        return str(self.keys.address)

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        """Return the result of a request, or its error."""
        self.asked.append(method)
        if fault := self.faults.pop(method, None):
            return {"error": fault}
        own: Callable[..., Any] | None = getattr(self, f"_{method}", None)
        return own(*params) if own else self._forward(method, params)

    def _forward(self, method: str, params: list[Any]) -> dict[str, Any]:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.node, body, {"Content-Type": "application/json"})  # noqa: S310  our own
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own
            return dict(json.load(response))

    def _eth_accounts(self) -> dict[str, Any]:
        return {"result": [self.address]}

    _eth_requestAccounts = _eth_accounts  # noqa: N815  the method's name

    def _eth_chainId(self) -> dict[str, Any]:  # noqa: N802  the method's name
        return {"result": self.chain_id}

    def _wallet_switchEthereumChain(self, wanted: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if wanted["chainId"] not in self.known_chains:
            return {"error": UNKNOWN_CHAIN}
        self.chain_id = wanted["chainId"]
        return {"result": None}

    def _wallet_addEthereumChain(self, chain: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.known_chains.add(chain["chainId"])
        return {"result": None}

    def _personal_sign(self, message: str, _address: str) -> dict[str, Any]:
        signed = self.keys.sign_message(encode_defunct(hexstr=message))
        return {"result": "0x" + signed.signature.hex()}

    def _eth_signTypedData_v4(self, _address: str, typed: str) -> dict[str, Any]:  # noqa: N802
        signed = self.keys.sign_message(encode_typed_data(full_message=json.loads(typed)))
        return {"result": "0x" + signed.signature.hex()}

    def _eth_sendTransaction(self, wanted: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        free = {name: value for name, value in wanted.items() if name != "nonce"}
        if wanted["from"].lower() not in self.known:
            return {"error": NOT_SHARED}
        filled = {
            "from": wanted["from"],
            "to": to_checksum_address(wanted["to"]),
            "value": int(wanted.get("value", "0x0"), 16),
            "data": wanted.get("data", "0x"),
            "chainId": int(self.chain_id, 16),
            "nonce": self._nonce(wanted),
            "gas": int(anvil.call(self.node, "eth_estimateGas", free), 16),
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 10**9,
        }
        return {"result": self._send(filled)}

    def _wallet_getCapabilities(self, *_asked: Any) -> dict[str, Any]:  # noqa: N802  the method's name
        return (
            {"result": {self.chain_id: {"atomic": {"status": self.batches}}}} if self.batches else {"error": NO_METHOD}
        )

    def _wallet_sendCalls(self, wanted: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if wanted["id"] in self.batched:
            return {"error": DUPLICATE}
        assert wanted["atomicRequired"], "A page must not let a wallet do half of it."
        sent = self._sent_as_one(wanted["calls"]) if self.batch_status < 400 else []
        self.batched[wanted["id"]] = sent
        return {"result": {"id": wanted["id"]}}

    def _sent_as_one(self, calls: list[dict[str, str]]) -> list[str]:
        """Make all the calls in one transaction: the account runs a program that makes just these (EIP-7702)."""
        program = "0x" + b"".join(made_by(calls)).hex()
        deployed = {"from": anvil.call(self.node, "eth_accounts")[0], "data": deploying(program)}
        where = anvil.receipt(self.node, anvil.call(self.node, "eth_sendTransaction", deployed))["contractAddress"]
        anvil.call(self.node, "anvil_setCode", self.address, "0xef0100" + where.removeprefix("0x"))
        value = hex(sum(int(each["value"], 16) for each in calls))
        sent = self._eth_sendTransaction({"from": self.address, "to": self.address, "value": value, "data": "0x"})
        return [str(sent["result"])]

    def _wallet_getCallsStatus(self, name: str) -> dict[str, Any]:  # noqa: N802
        if name not in self.batched:
            return {"error": UNKNOWN_BATCH}
        receipts = [anvil.call(self.node, "eth_getTransactionReceipt", each) for each in self.batched[name]]
        status = self.batch_status if all(receipts) else 100
        return {"result": {"version": "2.0.0", "id": name, "status": status, "atomic": True, "receipts": receipts}}

    def _nonce(self, wanted: dict[str, str]) -> int:
        if self.keeps_nonces and "nonce" in wanted:
            return int(wanted["nonce"], 16)
        return int(anvil.call(self.node, "eth_getTransactionCount", wanted["from"], "pending"), 16)

    def _send(self, filled: dict[str, Any]) -> str:
        self.sent.append(filled)
        self.raw = "0x" + self.known[filled["from"].lower()].sign_transaction(filled).raw_transaction.hex()
        return str(anvil.call(self.node, "eth_sendRawTransaction", self.raw))


class TestWallet(Signer):
    """One page's wallet: it has one account selected, and knows those that were."""

    __test__ = False

    def __init__(self, page: Page, node: str, keys: LocalAccount | None = None) -> None:
        super().__init__(node, keys)
        self.page = page
        page.expose_function("askTestWallet", self.answer)
        page.add_init_script(PROVIDER)

    def select(self, keys: LocalAccount) -> None:
        """Have the person select another account in the wallet."""
        self.keys = self.known[str(keys.address).lower()] = keys
        self.page.evaluate("(told) => window.tellWalletListeners(told)", ["accountsChanged", [self.address]])

    def hold(self, method: str) -> None:
        """Have the wallet's window stay open when it is asked for this."""
        self.page.evaluate("(method) => { window.holdTestWallet(method); }", method)

    def is_asked(self, method: str) -> bool:
        """Return whether the page that is open has asked for this."""
        return bool(self.page.evaluate("(method) => window.wasTestWalletAsked(method)", method))

    def has_sent(self) -> bool:
        """Return whether it has sent something. It asks the page, because what a page asks is heard only meanwhile."""
        return bool(self.sent or (self.page.evaluate("true") and self.sent))

    def release(self, method: str) -> None:
        """Have the person answer what is held."""
        self.page.evaluate("(method) => window.releaseTestWallet(method)", method)

    def speed_up(self) -> str:
        """Send the last transaction again under the same number, for twice the fee; return its hash."""
        return self._send({**self.sent[-1], **self._dearer()})

    def cancel(self) -> str:
        """Put a transfer of nothing to oneself in the place of the last transaction; return its hash."""
        nothing = {"to": self.address, "value": 0, "data": "0x", "gas": 21_000}
        return self._send({**self.sent[-1], **self._dearer(), **nothing})

    def _dearer(self) -> dict[str, int]:
        return {fee: 2 * self.sent[-1][fee] for fee in ("maxFeePerGas", "maxPriorityFeePerGas")}
