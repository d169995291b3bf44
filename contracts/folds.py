"""Folds of the protocol's own settings."""

from __future__ import annotations

from .chain.codec import to_bytes
from .indexer.folding import Aggregate, fold
from .models import PAUSED_UNTIL, AcceptedToken, Event, Parameter


class _Last(Aggregate):
    """What the last event says, and in which block."""

    def step(self, event: Event) -> None:
        self.state = {**event.args, "block_number": event.block_number}


@fold("parameter", ProtocolParameters={"ParameterSet": lambda args: args["key"]})
class ParameterFold(_Last):
    """The last value of a parameter; the key is its name as bytes32."""

    def save(self) -> None:
        """Write it, or remove it."""
        name = to_bytes(self.key).rstrip(b"\0").decode()
        _set_parameter(self, name, "newValue")


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
