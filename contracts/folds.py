"""Folds of the protocol's own settings."""

from __future__ import annotations

from typing import Any

from . import facts
from .facts import text_of
from .indexer.folding import Aggregate, fold
from .indexer.records import moment_of
from .models import PAUSED_UNTIL, AcceptedToken, Event, FunctionRole, Parameter, RoleMember


class _Last(Aggregate):
    """What the last event says, and in which block."""

    uses = (facts,)

    def step(self, event: Event) -> None:
        self.state = {**event.args, "block_number": event.block_number}


@fold("parameter", ProtocolParameters={"ParameterSet": lambda args: args["key"]})
class ParameterFold(_Last):
    """The last value of a parameter; the key is its name as bytes32."""

    def save(self) -> None:
        """Write it, or remove it."""
        _set_parameter(self, text_of(self.key), "newValue")


@fold("pause", ProtocolParameters={"PausedUntil": lambda args: "market"})
class PauseFold(_Last):
    """Until when the market is paused, in seconds since 1970; it stands beside the parameters."""

    def save(self) -> None:
        """Write it, or remove it."""
        _set_parameter(self, PAUSED_UNTIL, "until")


@fold("token", ProtocolParameters={"TokenSet": lambda args: args["token"]})
class TokenFold(_Last):
    """Whether a token can be paid in; the key is its address."""

    def save(self) -> None:
        """Write it, or remove it."""
        AcceptedToken.objects.filter(chain=self.chain, address=self.key).delete()
        if self.state:
            values = {name: self.state[name] for name in ("accepted", "weight", "block_number")}
            AcceptedToken.objects.create(chain=self.chain, address=self.key, **values)


def _set_parameter(fold: _Last, name: str, value: str) -> None:
    Parameter.objects.filter(chain=fold.chain, key=name).delete()
    if fold.state:
        block = fold.state["block_number"]
        Parameter.objects.create(chain=fold.chain, key=name, value=fold.state[value], block_number=block)


def _numbered(args: dict[str, Any]) -> str:
    return f"AccessManager:{args['roleId']}:{args['account']}"


def _named(args: dict[str, Any]) -> str:
    return f"Treasury:{args['role']}:{args['account']}"


@fold(
    "role",
    AccessManager={"RoleGranted": _numbered, "RoleRevoked": _numbered},
    Treasury={"RoleGranted": _named, "RoleRevoked": _named},
)
class RoleFold(Aggregate):
    """Whether an account has a role. The key is ``contract:role:account``."""

    def step(self, event: Event) -> None:
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

    def save(self) -> None:
        """Write it, or remove it."""
        contract, role, account = self.key.split(":")
        named = {"chain": self.chain, "contract": contract, "role": role, "account": account}
        RoleMember.objects.filter(**named).delete()
        if self.state:
            times = {name: moment_of(self.state[name]) for name in ("since", "delay_from")}
            RoleMember.objects.create(**named, **{**self.state, **times})


@fold("function-role", AccessManager={"TargetFunctionRoleUpdated": lambda args: f"{args['target']}:{args['selector']}"})
class FunctionRoleFold(_Last):
    """Which role may call a function. The key is ``contract's address:selector``."""

    def save(self) -> None:
        """Write it, or remove it."""
        target, _, selector = self.key.partition(":")
        FunctionRole.objects.filter(chain=self.chain, target=target, selector=selector).delete()
        if self.state:
            role, block = str(self.state["roleId"]), self.state["block_number"]
            FunctionRole.objects.create(
                chain=self.chain, target=target, selector=selector, role=role, changed_block=block
            )
