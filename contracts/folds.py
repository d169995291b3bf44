"""Folds of the protocol's own settings."""

from __future__ import annotations

from typing import Any, ClassVar

from . import facts
from .facts import text_of
from .indexer.folding import RowFold, fold
from .indexer.records import DecodedEvent, moment_of
from .models import PAUSED_UNTIL, AcceptedToken, FunctionRole, Parameter, RoleMember


class _Last(RowFold):
    """What the last event says, and in which block."""

    uses = (facts,)

    def step(self, event: DecodedEvent) -> None:
        self.state = {**event.args, "block_number": event.block_number}


class _ParameterFold(_Last):
    """A value that stands among the parameters, under the name that ``names`` gives; the event calls it ``value``."""

    model, named_by = Parameter, ("key",)
    value: ClassVar[str]

    def row(self) -> dict[str, Any]:
        return {"value": self.state[self.value], "block_number": self.state["block_number"]}


@fold("parameter", ProtocolParameters={"ParameterSet": lambda args: args["key"]})
class ParameterFold(_ParameterFold):
    """The last value of a parameter; the key is its name as bytes32."""

    value = "newValue"

    def names(self) -> tuple[str, ...]:
        """Give the name as text."""
        return (text_of(self.key),)


@fold("pause", ProtocolParameters={"PausedUntil": lambda args: "market"})
class PauseFold(_ParameterFold):
    """Until when the market is paused, in seconds since 1970."""

    value = "until"

    def names(self) -> tuple[str, ...]:
        """Give the name that it has among the parameters."""
        return (PAUSED_UNTIL,)


@fold("token", ProtocolParameters={"TokenSet": lambda args: args["token"]})
class TokenFold(_Last):
    """Whether a token can be paid in; the key is its address."""

    model, named_by = AcceptedToken, ("address",)

    def row(self) -> dict[str, Any]:
        """Leave out the address, which names it."""
        return {name: self.state[name] for name in ("accepted", "weight", "block_number")}


def _numbered(args: dict[str, Any]) -> str:
    return f"AccessManager:{args['roleId']}:{args['account']}"


def _named(args: dict[str, Any]) -> str:
    return f"Treasury:{args['role']}:{args['account']}"


@fold(
    "role",
    AccessManager={"RoleGranted": _numbered, "RoleRevoked": _numbered},
    Treasury={"RoleGranted": _named, "RoleRevoked": _named},
)
class RoleFold(RowFold):
    """Whether an account has a role. The key is ``contract:role:account``."""

    model, named_by = RoleMember, ("contract", "role", "account")

    def step(self, event: DecodedEvent) -> None:
        """Grant it, change its delay, or take it: the AccessManager's first grant says from when."""
        if event.name == "RoleRevoked":
            self.state = {}
            return
        args, now, kept = event.args, int(event.time.timestamp()), self.state
        since, delay = args.get("since", now), args.get("delay", 0)
        if kept and not args.get("newMember", False):
            # A grant to a member changes nothing but the delay, and one that is lowered holds on for the difference.
            before = kept["delay"] if kept["delay_from"] <= now else kept["delay_before"]
            times = {"delay_before": before, "delay_from": since, "since": kept["since"]}
        else:
            times = {"delay_before": delay, "delay_from": now, "since": since}
        self.state = {"delay": delay, **times, "changed_block": event.block_number}

    def row(self) -> dict[str, Any]:
        """Give the times as the database has them."""
        return {**self.state, **{name: moment_of(self.state[name]) for name in ("since", "delay_from")}}


@fold("function-role", AccessManager={"TargetFunctionRoleUpdated": lambda args: f"{args['target']}:{args['selector']}"})
class FunctionRoleFold(_Last):
    """Which role may call a function. The key is ``contract's address:selector``."""

    model, named_by = FunctionRole, ("target", "selector")

    def row(self) -> dict[str, Any]:
        """Give the role's number as text, as the Treasury's roles are."""
        return {"role": str(self.state["roleId"]), "changed_block": self.state["block_number"]}
