"""Reads the chain after a deployment: who decides there now is who was to, and nobody else (docs/decisions/0220)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.errors import PermanentChainError
from contracts.genesis import genesis
from contracts.models import Chain
from contracts.names import COIN, DAO, GUARD, SPLITTER, STAKING, TOKEN, TREASURY, VESTING
from contracts.naming import Named
from contracts.roles import ADMIN, GUARDIAN, roles_of

from . import abi, codec, factory
from .constructors import Design
from .deployer import Mandate, mandate_of
from .permissions import MANAGER, TIMELOCK_ROLES, Question, ask, granted_roles, logs_of, role_question, timelock_roles

Expected = list[tuple[Question, Any]]


def check_handover(design: Design) -> None:
    """Raise PermanentChainError, naming each fault, unless all that was to be is there, and nothing more."""
    chain, named, deployer = design.chain, design.named, design.deployer
    mandate = mandate_of(chain, chain.deployment, named, deployer)
    faults = [
        *_made(design),
        *_held(chain, mandate),
        *_answered(chain, _expected(chain, mandate, named, deployer)),
        *_more(chain),
    ]
    if chain.is_home:
        faults += [*_timelock(chain), *_given(chain)]
    if faults:
        raise PermanentChainError(
            f"The contracts on {chain.name} are not what they were to be, so they are not written down. "
            + " ".join(faults)
        )


def check_admin(chain: Chain, named: Named, deployer: str) -> None:
    """Raise PermanentChainError unless the one admin is who was to be, and the home chain's deployer holds nothing.

    Roles may have been given and taken since, by who decides; and an admin that is an account may have named another.
    """
    # Addresses do not depend on code: what is missing would stand beside contracts of another time and another admin.
    if missing := set(Design(chain, deployer, named, "").names()) - set(chain.deployment):
        raise PermanentChainError(
            f"The contracts on {chain.name} were deployed without {', '.join(sorted(missing))}, which cannot be added "
            "to them. Deploy all of them anew, with the key of another deployer."
        )
    roles = {role.id: [account for account, _ in role.holders] for role in granted_roles(chain)}
    admin = mandate_of(chain, chain.deployment, named, deployer).admin.lower()
    if (chain.is_home or named.admin) and roles[ADMIN] != [admin]:
        raise PermanentChainError(
            f"The only admin on {chain.name} was to be {admin}, and it is {', '.join(roles[ADMIN]) or 'nobody'}."
        )
    held = [str(role) for role, accounts in roles.items() if deployer.lower() in accounts]
    if chain.is_home and held:
        raise PermanentChainError(f"The deployer, {deployer}, still holds the roles {', '.join(held)} on {chain.name}.")


def _made(design: Design) -> Iterator[str]:
    """Yield a sentence for each contract that was made of other code, or with other arguments."""
    chain = design.chain
    found = factory.made_of(chain, design.deployer)
    for name, args in design.arguments(chain.deployment, factory.begun(chain, design.deployer)).items():
        if found.get(factory.salt_of(name)) != codec.constructor_data(name, args):
            yield f"{name} was made of other code, or with other arguments, than it would be now."


def _held(chain: Chain, mandate: Mandate) -> Iterator[str]:
    wanted = {role.id: mandate.holders[label] for label, role in roles_of(chain.deployment).items()}
    wanted[ADMIN] = [mandate.admin]
    found = {role.id: role.holders for role in granted_roles(chain)}
    for role in sorted({*wanted, *found}):
        expected = sorted((account, 0) for account in {each.lower() for each in wanted.get(role, ())})
        if sorted(found.get(role, [])) != expected:
            yield f"Role {role} is held by {_written(found.get(role, []))}, and was to be held by {_written(expected)}."


def _written(holders: list[tuple[str, int]]) -> str:
    return ", ".join(f"{account} after {delay} s" if delay else account for account, delay in holders) or "nobody"


def _answered(chain: Chain, expected: Expected) -> Iterator[str]:
    answers = ask(chain, [question for question, _ in expected])
    for (question, wanted), answer in zip(expected, answers, strict=True):
        if answer != wanted:
            asked = f"{question.contract}.{question.function}({', '.join(map(str, question.args))})"
            yield f"{asked} is {answer}, and was to be {wanted}."


def _expected(chain: Chain, mandate: Mandate, named: Named, deployer: str) -> Expected:
    at = chain.deployment
    found = [*_managed(chain), *_roles(chain)]
    found += [(Question("Registry", "addressOf", [_word(name)]), place) for name, place in at.items()]
    vault = at["FeeVault"] if chain.is_home else (named.fee_vault or deployer).lower()
    found.append((Question(SPLITTER, "feeVault"), vault))
    return found + (_dao(at, named) if chain.is_home else [])


def _managed(chain: Chain) -> Expected:
    """Return what every contract that obeys the manager has to answer: it obeys this one, and at once."""
    at, found = chain.deployment, []
    for name in at:
        if any(entry["name"] == "authority" for entry in abi.entries(name, "function")):
            found.append((Question(name, "authority"), at[MANAGER]))
        found.append((Question(MANAGER, "isTargetClosed", [at[name]]), False))
        found.append((Question(MANAGER, "getTargetAdminDelay", [at[name]]), 0))
    return found


def _roles(chain: Chain) -> Expected:
    """Return what each role is for, and that the admin alone gives it, at once."""
    found: Expected = [(Question(MANAGER, "getRoleGrantDelay", [ADMIN]), 0)]
    for role in roles_of(chain.deployment).values():
        for function in ("getRoleAdmin", "getRoleGuardian", "getRoleGrantDelay"):
            found.append((Question(MANAGER, function, [role.id]), 0))
    return found + [
        (role_question(chain, contract, selector), role) for (contract, selector), role in _functions(chain).items()
    ]


def _functions(chain: Chain) -> dict[tuple[str, str], int]:
    """Return the role of each function that stands under one, by contract and selector."""
    return {
        (contract, codec.selector(contract, function)): role.id
        for role in roles_of(chain.deployment).values()
        for contract, functions in role.functions.items()
        for function in functions
    }


def _more(chain: Chain) -> Iterator[str]:
    """Yield a sentence for each function that stands under a role and was not to."""
    names = {address: name for name, address in chain.deployment.items()}
    wanted = _functions(chain)
    moved = {
        (names.get(args["target"], ""), args["selector"])
        for name, args in logs_of(chain, MANAGER)
        if name == "TargetFunctionRoleUpdated"
    }
    for contract, selector in sorted(moved - set(wanted)):
        yield f"{selector} of {contract or 'a contract that is not ours'} was given a role, and was to have none."


def _dao(at: Mapping[str, str], named: Named) -> Expected:
    """Return how the DAO's contracts name each other, and whom they name."""
    member = next(iter(named.holders.get(GUARDIAN, ())), COIN)
    return [
        (Question(DAO, "token"), at[TOKEN]),
        (Question(DAO, "timelock"), at[TREASURY]),
        (Question(DAO, "proposalGuardian"), at[GUARD]),
        (Question(GUARD, "member"), member.lower()),
        (Question(TOKEN, "staking"), at[STAKING]),
        (Question("FeeVault", "treasury"), at[TREASURY]),
        (Question(VESTING, "owner"), (named.beneficiary or at[TREASURY]).lower()),
    ]


def _timelock(chain: Chain) -> Iterator[str]:
    """Yield a sentence for each role of the timelock that somebody else holds than the DAO, or itself as its admin."""
    dao, treasury = chain.deployment[DAO], chain.deployment[TREASURY]
    wanted = {role: [treasury if name == "DEFAULT_ADMIN_ROLE" else dao] for role, name in TIMELOCK_ROLES.items()}
    found = timelock_roles(chain)
    for role in sorted({*wanted, *found}):
        if found.get(role) != wanted.get(role):
            yield f"The treasury's {TIMELOCK_ROLES.get(role, role)} is held by {', '.join(found.get(role, []))}."


def _given(chain: Chain) -> Iterator[str]:
    """Yield a sentence unless LATTICE was given at its beginning to those whom the file names, and to nobody else."""
    made = [args for name, args in logs_of(chain, TOKEN) if name == "Transfer" and args["from"] == COIN]
    if [(args["to"], args["value"]) for args in made] != list(genesis(chain.deployment)):
        yield "LATTICE was not given away as contracts/genesis.json says."


def _word(name: str) -> str:
    return f"0x{name.encode().hex():0<64}"
