"""What calls of a proposal are made of, for tests without a chain and with one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contracts.chain import codec
from contracts.models import Chain
from governance.calls.explaining import Explained, explain
from tests.marketplace.wallet.conftest import ask  # noqa: F401  a fixture


def said(chain: Chain, contract: str, function: str, *args: Any, value: int = 0, **when: Any) -> Explained:
    """Return one action on one of our contracts in words."""
    data = codec.call_data(contract, function, args)
    return explain(chain, [chain.deployment[contract]], [value], [data], **when)[0]


def titles(found: Sequence[Explained]) -> list[str]:
    return [each.title for each in found]
