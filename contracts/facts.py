"""Facts of the protocol's own contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .chain.codec import to_bytes
from .indexer.dispatch import fact
from .indexer.records import moment_of, record_of
from .models import AnchorFact, Event, FunctionRoleFact, ParameterFact, RegistrationFact, RoleFact


def text_of(word: str) -> str:
    """Return the text that a bytes32 holds, such as a parameter's key; U+FFFD stands for what is no UTF-8."""
    # PostgreSQL takes no zero byte, and the DAO may register any 32 bytes.
    return to_bytes(word).rstrip(b"\0").decode(errors="replace").replace("\0", "\ufffd")


@fact("ProtocolParameters", "ParameterSet")
def parameter(event: Event) -> Iterator[ParameterFact]:
    """A parameter was set."""
    args = event.args
    values = {"old_value": args["oldValue"], "new_value": args["newValue"]}
    yield ParameterFact(**record_of(event), key=text_of(args["key"]), **values)


@fact("AccessManager", "RoleGranted")
def numbered_role_granted(event: Event) -> Iterator[RoleFact]:
    """An account was given a role of the AccessManager, or another delay in it."""
    args = event.args
    yield _role(event, str(args["roleId"]), moment_of(args["since"]), delay=args["delay"])


@fact("AccessManager", "RoleRevoked")
def numbered_role_revoked(event: Event) -> Iterator[RoleFact]:
    """An account lost a role of the AccessManager."""
    yield _role(event, str(event.args["roleId"]), event.time, is_granted=False)


@fact("Treasury", "RoleGranted")
def named_role_granted(event: Event) -> Iterator[RoleFact]:
    """An account was given a role of the Treasury."""
    yield _role(event, event.args["role"], event.time)


@fact("Treasury", "RoleRevoked")
def named_role_revoked(event: Event) -> Iterator[RoleFact]:
    """An account lost a role of the Treasury."""
    yield _role(event, event.args["role"], event.time, is_granted=False)


def _role(event: Event, role: str, since: datetime, *, is_granted: bool = True, delay: int = 0) -> RoleFact:
    given = {"contract": event.contract, "role": role, "account": event.args["account"]}
    return RoleFact(**record_of(event), **given, since=since, is_granted=is_granted, delay=delay)


@fact("AccessManager", "TargetFunctionRoleUpdated")
def function_role(event: Event) -> Iterator[FunctionRoleFact]:
    """A function was put under a role."""
    args = event.args
    given = {"target": args["target"], "selector": args["selector"], "role": str(args["roleId"])}
    yield FunctionRoleFact(**record_of(event), **given)


@fact("Registry", "Registered")
def registration(event: Event) -> Iterator[RegistrationFact]:
    """A name was bound to an address."""
    args = event.args
    given = {"previous": args["previous"], "current": args["current"]}
    yield RegistrationFact(**record_of(event), key=args["name"], name=text_of(args["name"]), **given)


@fact("Anchors", "Anchored")
def anchor(event: Event) -> Iterator[AnchorFact]:
    """A root was anchored."""
    args = event.args
    given = {name: args[name] for name in ("epoch", "root", "cid")}
    yield AnchorFact(**record_of(event), anchored=args["kind"], **given)
