"""Facts of the protocol's own contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .chain.codec import to_bytes
from .indexer.dispatch import fact
from .indexer.records import DecodedEvent, FactRow, fact_row, moment_of
from .models import AnchorFact, FunctionRoleFact, ParameterFact, RegistrationFact, RoleFact


def text_of(word: str) -> str:
    """Return the text that a bytes32 holds, such as a parameter's key; U+FFFD stands for what is no UTF-8."""
    # PostgreSQL takes no zero byte, and the DAO may register any 32 bytes.
    return to_bytes(word).rstrip(b"\0").decode(errors="replace").replace("\0", "\ufffd")


@fact("ProtocolParameters", "ParameterSet")
def parameter(event: DecodedEvent) -> Iterator[FactRow]:
    """A parameter was set."""
    args = event.args
    values = {"old_value": args["oldValue"], "new_value": args["newValue"]}
    yield fact_row(ParameterFact, event, key=text_of(args["key"]), **values)


@fact("AccessManager", "RoleGranted")
def numbered_role_granted(event: DecodedEvent) -> Iterator[FactRow]:
    """An account was given a role of the AccessManager, or another delay in it."""
    args = event.args
    yield _role(event, str(args["roleId"]), moment_of(args["since"]), delay=args["delay"])


@fact("AccessManager", "RoleRevoked")
def numbered_role_revoked(event: DecodedEvent) -> Iterator[FactRow]:
    """An account lost a role of the AccessManager."""
    yield _role(event, str(event.args["roleId"]), event.time, is_granted=False)


@fact("Treasury", "RoleGranted")
def named_role_granted(event: DecodedEvent) -> Iterator[FactRow]:
    """An account was given a role of the Treasury."""
    yield _role(event, event.args["role"], event.time)


@fact("Treasury", "RoleRevoked")
def named_role_revoked(event: DecodedEvent) -> Iterator[FactRow]:
    """An account lost a role of the Treasury."""
    yield _role(event, event.args["role"], event.time, is_granted=False)


def _role(event: DecodedEvent, role: str, since: datetime, *, is_granted: bool = True, delay: int = 0) -> FactRow:
    given = {"contract": event.contract, "role": role, "account": event.args["account"]}
    return fact_row(RoleFact, event, **given, since=since, is_granted=is_granted, delay=delay)


@fact("AccessManager", "TargetFunctionRoleUpdated")
def function_role(event: DecodedEvent) -> Iterator[FactRow]:
    """A function was put under a role."""
    args = event.args
    given = {"target": args["target"], "selector": args["selector"], "role": str(args["roleId"])}
    yield fact_row(FunctionRoleFact, event, **given)


@fact("Registry", "Registered")
def registration(event: DecodedEvent) -> Iterator[FactRow]:
    """A name was bound to an address."""
    args = event.args
    given = {"previous": args["previous"], "current": args["current"]}
    yield fact_row(RegistrationFact, event, key=args["name"], name=text_of(args["name"]), **given)


@fact("Anchors", "Anchored")
def anchor(event: DecodedEvent) -> Iterator[FactRow]:
    """A root was anchored."""
    args = event.args
    given = {name: args[name] for name in ("epoch", "root", "cid")}
    yield fact_row(AnchorFact, event, anchored=args["kind"], **given)
