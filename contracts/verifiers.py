"""What the tables say of parameters, roles and names, for ``verify_chain`` to compare with the contracts."""

from __future__ import annotations

from collections.abc import Iterator

from .chain import codec
from .indexer.verify import Claim, verifier
from .models import (
    PAUSED_UNTIL,
    Block,
    Chain,
    FunctionRole,
    Parameter,
    ParameterFact,
    RegistrationFact,
    RoleFact,
    RoleMember,
)
from .names import COIN


@verifier
def parameters(chain: Chain, number: int) -> Iterator[Claim]:
    """Every parameter as it was set last, and as pages have it where nothing changed it since."""
    until = ParameterFact.objects.filter(chain=chain, block_number__lte=number)
    for fact in until.order_by("key", "-block_number", "-log_index").distinct("key"):
        yield Claim("ProtocolParameters", "get", [codec.word(fact.key)], fact.new_value)
    kept = Parameter.objects.filter(chain=chain, block_number__lte=number).exclude(key=PAUSED_UNTIL)
    for parameter in kept:
        yield Claim("ProtocolParameters", "get", [codec.word(parameter.key)], parameter.value)


@verifier
def roles(chain: Chain, number: int) -> Iterator[Claim]:
    """Who has every role that was ever given, but where that changed since: a fold has no past."""
    time = Block.objects.values_list("time", flat=True).get(chain=chain, number=number)
    given = RoleFact.objects.filter(chain=chain).order_by("contract", "role", "account", "-block_number", "-log_index")
    kept = {(each.contract, each.role, each.account): each for each in RoleMember.objects.filter(chain=chain)}
    for fact in given.distinct("contract", "role", "account"):
        if fact.block_number > number:
            continue
        member = kept.get((fact.contract, fact.role, fact.account))
        has = member is not None and member.since <= time
        if fact.contract == "Treasury":
            yield Claim("Treasury", "hasRole", [fact.role, fact.account], has)
        else:
            delay = member.delay_at(time) if member else 0
            yield Claim(fact.contract, "hasRole", [int(fact.role), fact.account], [has, delay])


@verifier
def function_roles(chain: Chain, number: int) -> Iterator[Claim]:
    """Every function that was put under a role."""
    for kept in FunctionRole.objects.filter(chain=chain, changed_block__lte=number):
        args = [kept.target, kept.selector]
        yield Claim("AccessManager", "getTargetFunctionRole", args, int(kept.role))


@verifier
def names(chain: Chain, number: int) -> Iterator[Claim]:
    """Every name of the registry."""
    until = RegistrationFact.objects.filter(chain=chain, block_number__lte=number)
    for fact in until.order_by("key", "-block_number", "-log_index").distinct("key"):
        # The registry has no answer for a name that was taken away.
        if fact.current != COIN:
            yield Claim("Registry", "addressOf", [fact.key], fact.current)
