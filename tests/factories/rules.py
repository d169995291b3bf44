"""What the treasury and the rules' pages read, as the indexer would have written it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.chain import codec
from contracts.models import Chain, Parameter, ParameterFact, Tally
from contracts.names import COIN, FEE_VAULT, GUARD, PARAMETERS, TOKEN, TREASURY
from governance.onchain.models.power import BALANCE
from governance.onchain.models.proposals import OnchainProposal
from governance.onchain.models.settings import SettingFact
from governance.onchain.models.treasury import AssetFact, FeeReleaseFact, SpendingFact
from governance.rules.definitions import DEFINITIONS
from marketplace.onchain.models.sales import CreditFact, PurchaseFact

from .governance import NOW, WHOLE, _hash, _record, address, dao_chain, proposal

AT = {PARAMETERS: address(0xFA), TREASURY: address(0x7E), FEE_VAULT: address(0xFE), GUARD: address(0x6A)}
ETHER = 10**18
LATTICE_HELD = 600_000_000 * WHOLE
MONTH_AGO = NOW - timedelta(days=30)


def ruled_chain() -> Chain:
    """Return the home chain with its parameters, caps, and LATTICE in the treasury, as deployed sixty days ago."""
    chain = dao_chain()
    Chain.objects.filter(pk=chain.pk).update(deployment=chain.deployment | AT)
    chain.refresh_from_db()
    begun = NOW - timedelta(days=60)
    for each in DEFINITIONS:
        if not each.event:
            set_parameter(chain, each.key, each.start, 0, since=begun)
        elif each.event != "QuorumNumeratorUpdated" and not each.part:
            new = "500 1000" if each.event == "CapsSet" else str(each.start)
            SettingFact.objects.create(**_record(chain, begun), name=each.event, old_value="0", new_value=new)
    for asset in (COIN, chain.deployment[TOKEN]):
        AssetFact.objects.create(**_record(chain, begun), asset=asset, is_listed=True)
    Tally.objects.create(chain=chain, kind=BALANCE, key=AT[TREASURY], amount=LATTICE_HELD, events=1)
    return chain


def set_parameter(
    chain: Chain, key: str, new: int, old: int, *, since: Any = NOW, by: OnchainProposal | None = None
) -> ParameterFact:
    """Set a parameter, by a proposal where one is named."""
    record = _record(chain, since) | ({"tx_hash": by.executed_tx} if by else {})
    Parameter.objects.update_or_create(chain=chain, key=key, defaults={"value": new, "block_number": 1})
    return ParameterFact.objects.create(**record, key=key, old_value=old, new_value=new)


def wants(chain: Chain, number: int, key: str, value: int, **given: Any) -> OnchainProposal:
    """Make a proposal that would set a parameter."""
    data = codec.call_data(PARAMETERS, "set", [codec.word(key), value])
    return proposal(chain, number, targets=[AT[PARAMETERS]], values=[0], calldatas=[data], **given)


def executed(chain: Chain, number: int, **given: Any) -> OnchainProposal:
    """Make a proposal that was executed three days ago."""
    times = {"opens": timedelta(days=-20), "eta": NOW - timedelta(days=4), "executed_at": NOW - timedelta(days=3)}
    return proposal(chain, number, executed_tx=_hash(7_000 + number), **{**times, **given})


def released(chain: Chain, amount: int, *, token: str = COIN, since: Any = NOW - timedelta(days=5)) -> FeeReleaseFact:
    """Divide fees: of the coin 30 % to stakers and 20 % to bonuses, as of the deployment's parameters."""
    stakers, bonus = (amount * 3 // 10, amount // 5) if token == COIN else (0, 0)
    parts = {"stakers": stakers, "bonus": bonus, "treasury": amount - stakers - bonus}
    return FeeReleaseFact.objects.create(**_record(chain, since), token=token, amount=amount, **parts)


def spent(
    chain: Chain, amount: int, *, asset: str = COIN, since: Any = NOW, by: OnchainProposal | None = None
) -> SpendingFact:
    """Take something out of the treasury."""
    record = _record(chain, since) | ({"tx_hash": by.executed_tx} if by else {})
    return SpendingFact.objects.create(**record, asset=asset, amount=amount)


def vaulted(chain: Chain, amount: int, token: str = COIN) -> CreditFact:
    """Credit the fee vault."""
    return CreditFact.objects.create(**_record(chain, NOW), account=AT[FEE_VAULT], token=token, amount=amount)


def sold(chain: Chain, fee: int, *, days_ago: int = 1, day: int = 10**6, **given: Any) -> PurchaseFact:
    """Sell something whose money is held through ``day``, since 1970."""
    known = {
        "model_id": address(0x5E) + "0" * 24,
        "buyer": address(0xB0),
        "recipient": address(0xB0),
        "referrer": COIN,
        "ref": _hash(5),
        "plan": 0,
        "quantity": 1,
        "token": COIN,
        "paid": fee * 40,
        "fee": fee,
        "maturity_day": day,
        "split_hash": _hash(6),
    }
    return PurchaseFact.objects.create(**{**_record(chain, NOW - timedelta(days=days_ago)), **known, **given})
