"""The roles that are given when the contracts are deployed; ``src/Roles.sol`` says the same in Solidity.

A restricted function that stands under no role is the admin's. Who holds what now, the chain alone knows:
``manage.py contract_roles`` asks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ADMIN = 0  # OpenZeppelin's


@dataclass(frozen=True)
class Role:
    """One role of the AccessManager: its number there, and what its holders may call, by contract."""

    id: int
    functions: Mapping[str, Sequence[str]]


GUARDIAN, KEEPER = "GUARDIAN", "KEEPER"
ROLES = {
    "MODERATOR": Role(1, {"ModelMarketplace": ("suspend", "ruleDispute")}),
    GUARDIAN: Role(2, {"ProtocolParameters": ("pause",)}),
    "SETTLER": Role(3, {"InferenceEscrow": ("settle",)}),
    KEEPER: Role(4, {"Anchors": ("anchor",)}),
}


def roles_of(deployed: Mapping[str, str]) -> dict[str, Role]:
    """Return the roles of a chain with these contracts, by their labels: the home chain has more than the others."""
    return {label: role for label, role in ROLES.items() if set(role.functions) <= set(deployed)}
