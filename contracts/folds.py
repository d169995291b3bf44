"""Folds of the protocol's own settings."""

from __future__ import annotations

from collections.abc import Sequence

from .chain.codec import to_bytes
from .indexer.dispatch import fold
from .models import PAUSED_UNTIL, AcceptedToken, Chain, Event, Parameter


@fold("parameter", ProtocolParameters={"ParameterSet": lambda args: args["key"]})
def fold_parameter(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Keep the last value of a parameter; ``key`` is its name as bytes32."""
    name = to_bytes(key).rstrip(b"\0").decode()
    if not events:
        Parameter.objects.filter(chain=chain, key=name).delete()
        return
    last = events[-1]
    values = {"value": last.args["newValue"], "block_number": last.block_number}
    Parameter.objects.update_or_create(chain=chain, key=name, defaults=values)


@fold("token", ProtocolParameters={"TokenSet": lambda args: args["token"]})
def fold_token(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Keep whether a token can be paid in; ``key`` is its address."""
    AcceptedToken.objects.filter(chain=chain, address=key).delete()
    if events:
        last = events[-1]
        values = {name: last.args[name] for name in ("accepted", "weight")}
        AcceptedToken.objects.create(chain=chain, address=key, block_number=last.block_number, **values)


@fold("pause", ProtocolParameters={"PausedUntil": lambda args: "market"})
def fold_pause(chain: Chain, key: str, events: Sequence[Event]) -> None:
    """Keep until when the market is paused, in seconds since 1970, beside the parameters."""
    Parameter.objects.filter(chain=chain, key=PAUSED_UNTIL).delete()
    if events:
        last = events[-1]
        values = {"value": last.args["until"], "block_number": last.block_number}
        Parameter.objects.create(chain=chain, key=PAUSED_UNTIL, **values)
