"""What held at a time, as the chain told it: parameters, settings of the DAO, the guardian's mandate."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField, CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat, Extract

from contracts.models import AcceptedToken, Chain, ParameterFact, RegistrationFact
from governance.onchain.models.settings import MandateFact, SettingFact
from governance.onchain.models.treasury import AssetFact

PARAMETER, SETTING, MANDATE = "parameter", "setting", "mandate"
Rows = QuerySet[Any, tuple[str, str, str]]


class Records:
    """What is recorded of a chain: now, or just before a transaction that was mined at ``until``.

    Each kind is read once, when it is first asked for. What an action changes is ``put`` in, so that the next action of
    the same proposal begins with it.
    """

    def __init__(self, chain: Chain, *, until: datetime | None = None, before_tx: str = "") -> None:
        self.chain, self.until, self.before_tx = chain, until, before_tx
        self._put: dict[tuple[str, str], str] = {}

    def parameter(self, key: str) -> int | None:
        """Return a parameter of the protocol; None where nothing was recorded."""
        found = self._value(PARAMETER, key)
        return int(found) if found else None

    def setting(self, event: str) -> str:
        """Return a setting by the event that tells of it, such as ``VotingDelaySet``; "" where nothing was recorded."""
        return self._value(SETTING, event)

    def mandate(self) -> tuple[str, int] | None:
        """Return the guardian's member, and the end of its mandate in seconds since 1970."""
        member, _space, end = self._value(MANDATE, "").partition(" ")
        return (member, int(end)) if end else None

    def time(self) -> int:
        """Return the time that is meant by now, in seconds since 1970: of the last indexed block, or of then."""
        return int(self.now().timestamp())

    def now(self) -> datetime:
        """Return the same as a time."""
        return self._now

    @cached_property
    def _now(self) -> datetime:
        return self.until or self.chain.head_time()

    def put(self, kind: str, key: str, value: object) -> None:
        """Note what an action makes of a value."""
        self._put[kind, key] = str(value)

    def _value(self, kind: str, key: str) -> str:
        return self._put.get((kind, key)) or self._recorded.get((kind, key), "")

    @cached_property
    def _recorded(self) -> dict[tuple[str, str], str]:
        """All values by their kind and name, in one statement."""
        end = Cast(Cast(Extract("mandate_end", "epoch"), BigIntegerField()), CharField())
        mandate = Concat("member", Value(" "), end, output_field=CharField())
        parts: list[Rows] = [
            self._last(ParameterFact.objects.all(), PARAMETER, "key", Cast("new_value", CharField())),
            self._last(SettingFact.objects.all(), SETTING, "name", Cast("new_value", CharField())),
            self._last(MandateFact.objects.all(), MANDATE, "chain_id", mandate),
        ]
        rows = parts[0].union(*parts[1:], all=True)
        return {(kind, "" if kind == MANDATE else key): value for kind, key, value in rows}

    def _last(self, rows: QuerySet[Any], kind: str, key: str, value: Any) -> Rows:
        """Return the last row of each key, as (kind, key, value)."""
        found = self.known(rows).order_by(key, "-block_number", "-log_index").distinct(key)
        said: Rows = found.values_list(Value(kind, CharField()), Cast(key, CharField()), value)
        return said

    def known(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the records that were there."""
        found = rows.filter(chain=self.chain)
        if self.until:
            found = found.filter(time__lte=self.until)
        return found.exclude(tx_hash=self.before_tx) if self.before_tx else found

    @cached_property
    def tokens(self) -> set[str]:
        """The ERC-20 tokens that the market takes, and what the treasury's caps hold for."""
        taken = AcceptedToken.objects.filter(chain=self.chain, accepted=True).values_list("address", flat=True)
        listed = AssetFact.objects.filter(chain=self.chain, is_listed=True).values_list("asset", flat=True)
        return set(taken.union(listed))

    def registered(self, key: str) -> str:
        """Return the address that stands under a name, "" where none does."""
        rows = self.known(RegistrationFact.objects.filter(key=key)).order_by("-block_number", "-log_index")
        return rows.values_list("current", flat=True).first() or ""
