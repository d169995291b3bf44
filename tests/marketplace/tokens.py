"""Tokens that are not as ERC-20 would have them."""

from __future__ import annotations

from pathlib import Path

from contracts.chain import codec
from contracts.currencies import ERC20
from tests import anvil
from tests.deploying import decide

from .shop import BUYER, Shop

CODE = (Path(__file__).parent / "OddToken.hex").read_text().strip()
NO_DECIMALS = 2**256 - 1


def odd_token(shop: Shop, symbol: bytes = b"MKR", decimals: int = 18, answers: str = "") -> str:
    """Put a token on the chain that the market accepts, and return its address.

    The buyer has all of it. ``answers`` is code that takes the place of its own.
    """
    data = f"0x{CODE}{symbol.ljust(32, bytes(1)).hex()}{decimals:064x}"
    sent = shop.rpc.call("eth_sendTransaction", {"from": shop.address(BUYER), "data": data, "gas": hex(3_000_000)})
    node = shop.rpc.endpoints[0].url
    token = str(anvil.receipt(node, sent)["contractAddress"]).lower()
    if answers:
        shop.rpc.call("anvil_setCode", token, answers)
    decide(node, shop.chain.deployment, "ProtocolParameters", "setToken", [token, True, 10**18])
    shop.index()
    return token


def approve(shop: Shop, token: str, amount: int, who: int = BUYER) -> None:
    """Have the buyer, or another account, allow the splitter so much."""
    data = codec.call_data(ERC20, "approve", [shop.chain.deployment["RevenueSplitter"], amount])
    shop.submit({"from": shop.address(who), "to": token, "data": data, "gas": hex(100_000)})
