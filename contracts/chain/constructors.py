"""What each of our contracts is made with. They name each other, at addresses that are known before they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.genesis import allocations, genesis, unvotable
from contracts.models import Chain
from contracts.names import CLAIM, DAO, DAY, DEMO_DOLLAR, FAUCET, GUARD, STAKING, TOKEN, TREASURY, VESTING
from contracts.naming import Named
from contracts.roles import GUARDIAN

from . import abi

MANDATE = 365 * DAY  # the longest that the guardian's contract takes
NOBODY = "0x" + "0" * 40

Made = dict[str, list[Any]]  # arguments by contract


@dataclass(frozen=True)
class Design:
    """A deployment on a chain: ``deployer`` sends it, ``named`` are the accounts that it names."""

    chain: Chain
    deployer: str
    named: Named
    pass_uri: str

    def names(self) -> list[str]:
        """Return the contracts in the order in which they are put on the chain."""
        return list(self.arguments(dict.fromkeys(abi.NAMES, NOBODY), 0))

    def arguments(self, at: Mapping[str, str], begun: int) -> Made:
        """Return the constructors' arguments, our contracts being ``at`` these addresses, in the order of ``names``.

        ``begun`` is when the first of them was put there, in seconds since 1970: however often the deployment is taken
        up again, times in it stay the same.
        """
        # Its faucet is for anybody, so it is no money on a public chain.
        dollar: Made = {DEMO_DOLLAR: []} if self.chain.is_local else {}
        if not self.chain.is_home:
            return self._market(at, self.named.fee_vault or self.deployer) | dollar
        # The DAO's constructor asks the token for its supply; no other asks anything of another.
        home = self._dao(at, begun) | self._money(at) | self._lattice(at, begun)
        return home | self._market(at, at["FeeVault"]) | dollar

    def _market(self, at: Mapping[str, str], vault: str) -> Made:
        authority, parameters, splitter = at["AccessManager"], at["ProtocolParameters"], at["RevenueSplitter"]
        passes, market, ratings = at["AccessPass"], at["ModelMarketplace"], at["Ratings"]
        pricing, search, escrow = at["Pricing"], at["ModelSearch"], at["InferenceEscrow"]
        return {
            "AccessManager": [self.deployer],
            "Registry": [authority],
            "ProtocolParameters": [authority],
            "RevenueSplitter": [authority, vault, market, escrow, passes],
            "AccessPass": [self.pass_uri, market, splitter, parameters],
            "Ratings": [market, parameters],
            "Pricing": [market, parameters, ratings],
            "ModelSearch": [market],
            "ModelMarketplace": [authority, [parameters, splitter, passes, pricing, ratings, search, escrow]],
            "InferenceEscrow": [authority, parameters, splitter, market],
        }

    def _dao(self, at: Mapping[str, str], begun: int) -> Made:
        authority, token, dao, treasury = at["AccessManager"], at[TOKEN], at[DAO], at[TREASURY]
        member = next(iter(self.named.holders.get(GUARDIAN, ())), NOBODY)
        guarded = [authority, dao, at["ProtocolParameters"], at["CodeGuard"], member, begun + MANDATE]
        return {
            TOKEN: [list(genesis(at)), unvotable(at), at[STAKING]],
            DAO: [token, treasury, at[GUARD]],
            TREASURY: [dao, token],
            "CodeGuard": [],
            GUARD: guarded,
            "VoteRelay": [dao],
            "Anchors": [authority],
        }

    def _money(self, at: Mapping[str, str]) -> Made:
        parameters, splitter, staking = at["ProtocolParameters"], at["RevenueSplitter"], at[STAKING]
        return {
            STAKING: [at[TOKEN], at[DAO], at[TREASURY]],
            "BonusPool": [at["AccessManager"], splitter, parameters],
            "FeeVault": [splitter, parameters, staking, at["BonusPool"], at[TREASURY]],
        }

    def _lattice(self, at: Mapping[str, str], begun: int) -> Made:
        """Return what holds the contributors' part and the early users' one."""
        given = allocations()
        beneficiary = self.named.beneficiary or at[TREASURY]
        vesting = [beneficiary, begun, given[VESTING].seconds("vestingDays"), given[VESTING].seconds("cliffDays")]
        if self.chain.is_local:
            return {VESTING: vesting, FAUCET: [at[TOKEN]]}
        end = begun + given[CLAIM].seconds("claimDays")
        return {VESTING: vesting, CLAIM: [at[TOKEN], at[TREASURY], self.named.claim_root, end]}
