"""Roles and emergencies for programs: what the page shows, as JSON."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Field, Router, Schema

from common.access import public_api
from contracts.chain.permissions import MANAGER
from governance.ground.home import home_chain, now_on

from .emergencies import Entry, emergencies_of
from .holders import Holder, Rights, Role, rights_of

router = Router(tags=["Governance"])


class HolderOut(Schema):
    """An account that has a role; ``name`` is empty where it is no contract of the protocol."""

    account: str
    name: str
    delay_seconds: int = Field(description="Between its call and the effect; the timelock's own where that holds it.")
    since: datetime
    proposal: int | None = Field(description="The proposal that gave it; null for the deployment.")
    transaction: str


class RoleOut(Schema):
    """A role: what it may do, in sentences and by function."""

    id: str = Field(description="Number in the AccessManager, or the 32 bytes in the timelock.")
    kept_by: str = Field(description="`AccessManager` or `Treasury`.")
    name: str
    may: list[str]
    functions: list[str]
    holders: list[HolderOut]


class RightsOut(Schema):
    """Who may do what on a chain."""

    chain: str
    admin: str = Field(description="`timelock`: the DAO decides; `chain-local`: an account of that chain does.")
    roles: list[RoleOut]


class RolesOut(Schema):
    """The rights on every chain, the home chain first."""

    block: int
    items: list[RightsOut]


class EntryOut(Schema):
    """Something that happened; ``kind`` is `pause`, `stop`, `mandate` or `suspension`."""

    kind: str
    block: int
    time: datetime | None
    account: str
    until: datetime | None
    running: bool
    model_id: str | None
    proposal: int | None
    transaction: str


class EmergenciesOut(Schema):
    """What is stopped now, the guardian's mandate, and the log, the newest first."""

    block: int
    paused_until: datetime | None
    guardian: str | None
    mandate_end: datetime | None
    mandate_days_left: int
    next_pause_from: datetime | None = Field(description="Until when the guardian rests; null where it need not.")
    log: list[EntryOut]


@router.get("/roles", response=RolesOut, summary="Roles")
@public_api
def list_roles(request: HttpRequest) -> dict[str, object]:
    """Return who may do what, after which wait, since when and by which proposal, on every chain."""
    chain = home_chain()
    now = now_on(chain)
    found = rights_of(chain, now, emergencies_of(chain, now).wait)
    return {"block": chain.head(), "items": [_rights(each) for each in found]}


def _rights(each: Rights) -> dict[str, object]:
    admin = "chain-local" if each.is_local else "timelock"
    return {"chain": each.chain.short_name, "admin": admin, "roles": [_role(role) for role in each.roles]}


def _role(role: Role) -> dict[str, object]:
    return {
        "id": role.key,
        "kept_by": role.contract or MANAGER,
        "name": role.name,
        "may": [str(sentence) for sentence in role.may],
        "functions": role.functions,
        "holders": [_holder(each) for each in role.holders],
    }


def _holder(each: Holder) -> dict[str, object]:
    return {
        "account": each.account,
        "name": each.name,
        "delay_seconds": each.delay,
        "since": each.since,
        "proposal": each.by.number if each.by else None,
        "transaction": each.tx_hash,
    }


@router.get("/emergencies", response=EmergenciesOut, summary="Emergencies")
@public_api
def list_emergencies(request: HttpRequest) -> dict[str, object]:
    """Return pauses, stopped proposals, suspended models and mandates, and what of them holds now."""
    chain = home_chain()
    now = now_on(chain)
    known = emergencies_of(chain, now)
    mandate = known.mandate
    return {
        "block": chain.head(),
        "paused_until": known.paused_until,
        "guardian": mandate.account if mandate and known.has_mandate else None,
        "mandate_end": mandate.until if mandate else None,
        "mandate_days_left": known.mandate_days,
        "next_pause_from": known.rests_until,
        "log": [_entry(each, now) for each in known.log],
    }


def _entry(each: Entry, now: datetime) -> dict[str, object]:
    return {
        "kind": each.kind,
        "block": each.block_number,
        "time": each.time,
        "account": each.account,
        "until": None if each.kind == "stop" else each.until,
        "running": each.is_running_at(now),
        "model_id": each.subject if each.kind == "suspension" else None,
        "proposal": each.proposal.number if each.proposal else None,
        "transaction": each.tx_hash,
    }
