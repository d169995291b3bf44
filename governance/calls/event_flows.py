"""Who pays what to whom by the DAO's events, for the page of a transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contracts.currencies import currency_of
from contracts.names import BONUS_POOL, COIN, FEE_VAULT, STAKING, TREASURY
from governance.ground.lattice import lattice_of
from marketplace.buying.event_words import Args
from marketplace.buying.telling import FLOWS, Teller
from marketplace.buying.transfers import Party, Transfer


def _division(teller: Teller, args: Args) -> list[Transfer]:
    """Return where fees went that were divided."""
    vault, currency = teller.names.party(teller.chain.deployment.get(FEE_VAULT, COIN)), teller.currency(args)
    places = {"stakers": STAKING, "bonus": BONUS_POOL, "treasury": TREASURY}
    sides: list[tuple[str, Party]] = [
        (side, teller.names.party(teller.chain.deployment.get(place, COIN))) for side, place in places.items()
    ]
    return [Transfer(vault, party, _("of the fees"), int(args[side]), currency) for side, party in sides]


def _sent(purpose: Any, payer: str, payee: str, amount: str = "value") -> Callable[[Teller, Args], list[Transfer]]:
    def made(teller: Teller, args: Args) -> list[Transfer]:
        party, currency = teller.names.party, lattice_of(teller.chain)
        return [Transfer(party(args[payer]), party(args[payee]), str(purpose), int(args[amount]), currency)]

    return made


def _paid(contract: str, payee: str, purpose: Any) -> Callable[[Teller, Args], list[Transfer]]:
    def made(teller: Teller, args: Args) -> list[Transfer]:
        party = teller.names.party
        payer, currency = party(teller.chain.deployment.get(contract, COIN)), currency_of(teller.chain, COIN)
        return [Transfer(payer, party(args[payee]), str(purpose), int(args["amount"]), currency)]

    return made


FLOWS |= {
    "FeeVault.Released": _division,
    "LatticeToken.Transfer": _sent(lazy("LATTICE"), "from", "to"),
    "LatticeStaking.RewardClaimed": _paid(STAKING, "recipient", lazy("for staking")),
    "BonusPool.BonusClaimed": _paid(BONUS_POOL, "seller", lazy("bonus")),
}
