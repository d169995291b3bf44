"""What buyers and a seller do on a test's chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.models import User
from contracts.chain import codec
from contracts.chain.client import Client, client
from contracts.chain.preflight import WalletCall
from contracts.indexer import lead
from contracts.models import Chain
from contracts.names import COIN
from marketplace.buying.ordering import Payment, open_order, prepare_order
from marketplace.buying.orders import Order, Progress, progress_of
from marketplace.listings.models import Listing
from marketplace.onchain.models.listings import Plan
from tests import anvil

SELLER, BUYER, OTHER = 2, 3, 4  # of anvil's accounts
PRICE, MONTH = 2 * 10**16, 3 * 10**15
PERIOD = 30 * 86_400
GAS = 400_000


@dataclass
class Shop:
    """One model, listed by SELLER for PRICE a pass and MONTH a period."""

    chain: Chain
    waits: bool = False  # whether transactions stay in the pool until a block is asked for

    @property
    def rpc(self) -> Client:
        return client(self.chain)

    @property
    def listing(self) -> Listing:
        """The listing as the database has it now."""
        return Listing.objects.get(name="corner/chat")

    @property
    def model_id(self) -> str:
        return self.address(SELLER) + "00" * 11 + "01"

    @property
    def buyer(self) -> User:
        return User.objects.get_or_create(address=self.address(BUYER))[0]

    def address(self, number: int) -> str:
        return str(self.rpc.call("eth_accounts")[number]).lower()

    def send(self, sender: int, contract: str, function: str, *args: Any) -> str:
        data = codec.call_data(contract, function, args)
        return self.pay(WalletCall(self.chain, self.address(sender), self.chain.deployment[contract], data))

    def pay(self, call: WalletCall, **changes: str) -> str:
        """Have the node's own account send a call, as a wallet does, without asking whether it will work."""
        return self.submit({**call.request(), "gas": hex(GAS), **changes})

    def submit(self, request: dict[str, str]) -> str:
        """Send a transaction, and return its hash when it is in a block, or at once where they wait for one."""
        sent = str(self.rpc.call("eth_sendTransaction", request))
        return sent if self.waits else str(anvil.receipt(self.rpc.endpoints[0].url, sent)["transactionHash"])

    def list_model(self, metadata: str) -> None:
        plans = [
            {"plan": Plan.LASTING, "token": COIN, "price": PRICE, "period": 0},
            {"plan": Plan.SUBSCRIPTION, "token": COIN, "price": MONTH, "period": PERIOD},
        ]
        terms = {"modelId": self.model_id, "category": 0, "free": False, "metadata": metadata, "plans": plans}
        none = {"recipients": [], "bps": [], "parent": "0x" + "0" * 64, "royaltyBps": 0, "searchTerms": [], "rates": []}
        self.send(SELLER, "ModelMarketplace", "list", terms | none)

    def set_price(self, price: int) -> None:
        terms = {"plan": Plan.LASTING, "token": COIN, "price": price, "period": 0}
        self.send(SELLER, "ModelMarketplace", "setPlan", self.model_id, terms)

    def index(self, blocks: int = 0) -> None:
        """Mine so many blocks, and read the chain to its head."""
        if blocks:
            self.rpc.call("anvil_mine", hex(blocks), "0x1")
        lead.catch_up(self.chain, self.rpc)

    def wait(self) -> None:
        """Let transactions wait in the pool from now on."""
        self.rpc.call("evm_setAutomine", False)
        self.waits = True

    def prepare(self, plan: Plan = Plan.LASTING, quantity: int = 1, **options: Any) -> Order:
        intent = {"user": self.buyer, "listing": self.listing, "plan": plan, "quantity": quantity, **options}
        return prepare_order(**intent, accept_licence=True)

    def open(self, order: Order, instead_of: str = "") -> Payment:
        opened = open_order(user=self.buyer, ref=order.ref, instead_of=instead_of)
        assert isinstance(opened, Payment)
        return opened

    def progress(self, order: Order) -> Progress:
        return progress_of([Order.objects.select_related("chain").get(pk=order.pk)])[0]
