"""Who may do what, after which wait, and since when: by role, on every chain, as the chains' events tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_stubs_ext import StrOrPromise, StrPromise

from common.statements import Statement, together
from contracts.chain.permissions import MANAGER, TIMELOCK_ROLES
from contracts.models import Chain, FunctionRole, RoleFact, RoleMember
from contracts.names import GUARD, MARKET, PARAMETERS, TREASURY
from contracts.roles import ADMIN, GUARDIAN, ROLES
from governance.calls.words import called, function_name, role_name, whole
from governance.onchain.models.proposals import OnchainProposal

from .changes import proposal_in

SHOWN = 12  # changes of roles, before the rest is folded away
SENTENCES: dict[tuple[str, str], StrPromise] = {
    (MARKET, "suspend"): lazy("May stop the sale of a model for at most 30 days; what was bought goes on."),
    (MARKET, "ruleDispute"): lazy("May rule on a dispute between a buyer and a seller."),
    (PARAMETERS, "pause"): lazy("May pause all sales, within the longest pause, and then not again for 30 days."),
    ("InferenceEscrow", "settle"): lazy("May charge metered use, up to what each payer has authorised."),
    ("Anchors", "anchor"): lazy("May write the fingerprint of what is kept off chain; it moves no money."),
}
ADMIN_MAY = lazy("May do all else that is restricted: parameters, roles, tokens, names, the guardian’s member.")
MEMBER_MAY = lazy("Its member may also stop a proposal that is not executed, but none that only replaces the guardian.")
TIMELOCK_MAY: dict[str, StrPromise] = {
    "DEFAULT_ADMIN_ROLE": lazy("May give and take the timelock’s roles. Only the timelock itself: after a vote."),
    "PROPOSER_ROLE": lazy("May put decisions into the timelock. Only the DAO’s governor: what passed a vote."),
    "EXECUTOR_ROLE": lazy("May execute what has waited. Through the DAO’s governor anybody can."),
    "CANCELLER_ROLE": lazy("May take a decision out of the timelock again. Only the DAO’s governor."),
}
TIMELOCK_NAMES: dict[str, StrPromise] = {
    "DEFAULT_ADMIN_ROLE": lazy("the timelock’s administrator"),
    "PROPOSER_ROLE": lazy("the timelock’s proposer"),
    "EXECUTOR_ROLE": lazy("the timelock’s executor"),
    "CANCELLER_ROLE": lazy("the timelock’s canceller"),
}


@dataclass(frozen=True)
class Holder:
    """An account that has a role. ``name`` is what it is called where it is a contract of ours.

    ``delay`` is seconds between its call and the effect; ``by`` the proposal that gave it the role, None for the
    deployment; ``tx_hash`` the transaction.
    """

    account: str
    name: str
    delay: int
    since: datetime
    by: OnchainProposal | None
    tx_hash: str


@dataclass
class Role:
    """A role on a chain: what it may do in sentences, and who has it."""

    key: str
    name: str
    contract: str
    may: list[StrOrPromise] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    holders: list[Holder] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """What a link to it is called."""
        return f"{self.contract}-{self.key}".lower()


@dataclass(frozen=True)
class RoleChange:
    """A role was given or taken."""

    fact: RoleFact
    role: str
    account: str
    by: OnchainProposal | None


@dataclass(frozen=True)
class Rights:
    """Who may do what on a chain. ``is_local``: an account of that chain decides there, and not the DAO."""

    chain: Chain
    roles: list[Role]
    changes: list[RoleChange]
    is_local: bool

    @property
    def latest(self) -> list[RoleChange]:
        """The newest changes."""
        return self.changes[:SHOWN]

    @property
    def earlier(self) -> list[RoleChange]:
        """The rest."""
        return self.changes[SHOWN:]


@cache
def _members() -> Statement[RoleMember]:
    return Statement(RoleMember.objects.select_related("chain").order_by("contract", "role", "account"))


@cache
def _functions() -> Statement[FunctionRole]:
    return Statement(FunctionRole.objects.order_by("pk"))


def rights_of(home: Chain, now: datetime, wait: int) -> list[Rights]:
    """Return who may do what on every chain with roles, the home chain first. Two trips.

    ``wait`` is how long the timelock's calls wait, in seconds.
    """
    members, functions = together(_members().asked(), _functions().asked())
    facts = _facts()
    chains = {home.pk: home, **{each.chain_id: each.chain for each in members if each.chain_id != home.pk}}
    return [
        _rights(
            chain,
            [each for each in members if each.chain_id == pk],
            [each for each in facts if each.chain_id == pk],
            [each for each in functions if each.chain_id == pk],
            (now, wait),
        )
        for pk, chain in chains.items()
    ]


def _facts() -> list[Any]:
    """Return every change of a role, the newest first, each with the proposal that made it."""
    made = OnchainProposal.objects.filter(chain=OuterRef("chain"), executed_tx=OuterRef("tx_hash"))
    shown = Subquery(made.values(row=JSONObject(number="number", description="description"))[:1])
    found: QuerySet[Any] = RoleFact.objects.annotate(by=shown).order_by("-block_number", "-log_index")
    return list(found)


def _rights(
    chain: Chain,
    members: Sequence[RoleMember],
    facts: Sequence[Any],
    functions: Sequence[FunctionRole],
    clock: tuple[datetime, int],
) -> Rights:
    granted: dict[tuple[str, str, str], Any] = {}
    # Oldest first, as the chain did it: a role that was lost and given again begins with the second grant.
    for fact in reversed(facts):
        if fact.is_granted:
            # A grant to a member only changes its delay: the first one since it lost the role is when it began.
            granted.setdefault((fact.contract, fact.role, fact.account), fact)
        else:
            granted.pop((fact.contract, fact.role, fact.account), None)
    names = {address: name for name, address in chain.deployment.items()}
    roles = {role.anchor: role for role in _roles(chain, functions, names)}
    for member in members:
        role = Role(member.role, _name_of(member.contract, member.role), member.contract)
        kept = roles.setdefault(role.anchor, role)
        fact = granted.get((member.contract, member.role, member.account))
        kept.holders.append(_holder(member, fact, names, clock))
    # The DAO decides only where the timelock is the one admin: a second admin could undo every vote.
    admins = [each.account for each in members if (each.contract, each.role) == (MANAGER, str(ADMIN))]
    changes = [_change(fact, names) for fact in facts]
    return Rights(chain, list(roles.values()), changes, admins != [chain.deployment.get(TREASURY)])


def _holder(member: RoleMember, fact: Any, names: dict[str, str], clock: tuple[datetime, int]) -> Holder:
    now, wait = clock
    ours = names.get(member.account, "")
    # The treasury is the timelock: its calls have waited there before the manager makes them wait.
    delay = member.delay_at(now) + (wait if ours == TREASURY else 0)
    by, tx_hash = (proposal_in(fact.by), fact.tx_hash) if fact else (None, "")
    return Holder(member.account, called(ours) if ours else "", delay, member.since, by, tx_hash)


def _roles(chain: Chain, functions: Sequence[FunctionRole], names: dict[str, str]) -> list[Role]:
    """Return the roles that code knows of, with what each may do, in the order of their numbers."""
    by_role: dict[str, list[FunctionRole]] = defaultdict(list)
    for each in functions:
        by_role[each.role].append(each)
    known = [str(ADMIN), *(str(role.id) for role in ROLES.values())]
    # Roles that no code names can still be given on chain, and whoever looks for power has to see them.
    numbers = [*known, *sorted(set(by_role) - set(known))]
    found = [_manager_role(number, by_role[number], names) for number in numbers if by_role[number] or number in known]
    if TREASURY in chain.deployment:
        found += [
            Role(role, str(TIMELOCK_NAMES[name]), TREASURY, [TIMELOCK_MAY[name]])
            for role, name in TIMELOCK_ROLES.items()
        ]
    return found


def _manager_role(number: str, functions: Sequence[FunctionRole], names: dict[str, str]) -> Role:
    role = Role(number, role_name(int(number)), MANAGER)
    for each in functions:
        contract = names.get(each.target, "")
        function = function_name(contract, each.selector)
        where = contract or whole(each.target)
        role.functions.append(f"{where}.{function}")
        said = SENTENCES.get((contract, function))
        role.may.append(said or _("May call %(function)s of %(where)s.") % {"function": function, "where": where})
    if number == str(ADMIN):
        role.may.append(ADMIN_MAY)
    if number == str(ROLES[GUARDIAN].id) and GUARD in names.values():
        role.may.append(MEMBER_MAY)
    return role


def _name_of(contract: str, role: str) -> str:
    if contract == MANAGER:
        return role_name(int(role))
    label = TIMELOCK_ROLES.get(role, "")
    return str(TIMELOCK_NAMES[label]) if label in TIMELOCK_NAMES else _("role %(n)s") % {"n": role[:10]}


def _change(fact: Any, names: dict[str, str]) -> RoleChange:
    ours = names.get(fact.account, "")
    account = called(ours) if ours else whole(fact.account)
    return RoleChange(fact, _name_of(fact.contract, fact.role), account, proposal_in(fact.by))
