"""Whom a deployment names: who holds the roles, who gets the fees, who is the admin of a chain that is not the home."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings

from .errors import PermanentChainError
from .models import Chain
from .names import COIN
from .networks import NETWORKS
from .roles import GUARDIAN, KEEPER, ROLES

ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
ROOT = re.compile("0x(?!0{64})[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Named:
    """The accounts that a deployment names, by address.

    ``holders`` are those of each role by its label; GUARDIAN is the guardian's member on the home chain. There, LATTICE
    of the contributors vests to ``beneficiary``, and ``claim_root`` is the Merkle root of what early users may claim.
    On any other chain ``fee_vault`` is credited with the fees, and ``admin`` may change what can be changed.
    """

    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beneficiary: str = ""
    claim_root: str = ""
    fee_vault: str = ""
    admin: str = ""

    def accounts(self, chain: Chain) -> list[tuple[str, str]]:
        """Return who is named for what on this chain: pairs of the setting's word and an address."""
        roles = [(label, each) for label in self._labels(chain) for each in self.holders.get(label, ())]
        others = {"VESTING_BENEFICIARY": self.beneficiary} if chain.is_home else self._elsewhere()
        return roles + [(word, each) for word, each in others.items() if each]

    def missing(self, chain: Chain) -> list[str]:
        """Return the words for which nobody is named, and somebody has to be."""
        wanted = {label: bool(self.holders.get(label)) for label in self._labels(chain)}
        if chain.is_home:
            wanted |= {"VESTING_BENEFICIARY": bool(self.beneficiary), "CLAIM_ROOT": bool(self.claim_root)}
        else:
            # Who forgot it would have the DAO's own chain governed by somebody's key.
            wanted |= {word: bool(each) for word, each in self._elsewhere().items()}
            wanted["HOME_CHAIN"] = bool(settings.HOME_CHAIN)
        return [word for word, given in wanted.items() if not given]

    def _elsewhere(self) -> dict[str, str]:
        return {"FEE_VAULT": self.fee_vault, "CHAIN_ADMIN": self.admin}

    def _labels(self, chain: Chain) -> list[str]:
        return [label for label in ROLES if chain.is_home or label != KEEPER]


def named_by_settings() -> Named:
    """Return whom the environment names."""
    return Named(
        settings.ROLE_HOLDERS,
        beneficiary=settings.VESTING_BENEFICIARY,
        claim_root=settings.CLAIM_ROOT,
        fee_vault=settings.FEE_VAULT,
        admin=settings.CHAIN_ADMIN,
    )


def check_named(chain: Chain, named: Named, deployer: str) -> None:
    """Raise PermanentChainError unless whoever has to be named is, by an address that can hold it.

    On a chain of this machine nobody has to be. On the home chain the deployer may hold nothing.
    """
    missing = [] if chain.is_local else named.missing(chain)
    if missing:
        # Whoever forgot to say it would otherwise leave the deployer's key in charge of other people's money.
        raise PermanentChainError(
            f"Nobody is named for {', '.join(missing)}. Outside of this machine the deployer stands in for nobody; "
            "name all of them."
        )
    if faults := list(_faults(chain, named, deployer.lower())):
        raise PermanentChainError(" ".join(faults))


def _faults(chain: Chain, named: Named, deployer: str) -> Iterator[str]:
    for word, address in named.accounts(chain):
        if not ADDRESS.fullmatch(address) or address == COIN:
            yield f"{word} names {address!r}, which is no address of anybody."
        elif chain.is_home and address.lower() == deployer:
            yield f"{word} names {address}, the deployer, who holds nothing once the home chain is handed over."
    if chain.is_home and len({each.lower() for each in named.holders.get(GUARDIAN, ())}) > 1:
        yield "GUARDIAN names several accounts, and the guardian has one member."
    if settings.HOME_CHAIN not in ("", *NETWORKS):
        yield f"HOME_CHAIN is {settings.HOME_CHAIN!r}, and there is no such chain in contracts/networks.toml."
    if chain.is_home and named.claim_root and not ROOT.fullmatch(named.claim_root):
        yield f"CLAIM_ROOT is {named.claim_root!r}; it has to be 32 bytes in hexadecimal digits."
