"""What was stopped in an emergency, and by whom: pauses, proposals, suspended models; and the guardian's mandate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db import connection

from contracts.models import Chain
from contracts.names import DAY, GUARD
from governance.onchain.models.proposals import OnchainProposal
from marketplace.listings.models import Listing

REST = timedelta(days=30)  # of the guardian after a pause: ProtocolParameters'
LAST_SECOND = 253_402_300_799  # of the year 9999, where a time is later
SEGMENTS = 12  # of a mandate's slice
LONGEST = 365 * DAY  # of a mandate: Guardian's
MOST = 500  # entries of a kind

# One trip. ``until`` is in seconds since 1970, ``subject`` a model or the member before; ``number`` names a proposal.
LOG = """
(select 'pause' as kind, fact.block_number, fact.tx_hash, fact.time, fact.args->>'by' as account,
    (fact.args->>'until')::numeric as until, '' as subject, proposal.number, coalesce(proposal.description, '') as words
from contracts_event fact left join governance_onchainproposal proposal
    on (proposal.chain_id, proposal.executed_tx) = (fact.chain_id, fact.tx_hash) and proposal.executed_tx <> ''
where fact.chain_id = %(chain)s and fact.subject = 'pause:market'
order by fact.block_number desc, fact.log_index desc limit %(most)s)
union all
(select 'stop', changed_block, canceled_tx, canceled_at, stopped_by, 0, '', number, description
from governance_onchainproposal where chain_id = %(chain)s and stopped_by <> '' order by number desc limit %(most)s)
union all
(select 'mandate', fact.block_number, fact.tx_hash, fact.time, fact.member,
    extract(epoch from fact.mandate_end), fact.previous, proposal.number, coalesce(proposal.description, '')
from governance_mandatefact fact left join governance_onchainproposal proposal
    on (proposal.chain_id, proposal.executed_tx) = (fact.chain_id, fact.tx_hash) and proposal.executed_tx <> ''
where fact.chain_id = %(chain)s order by fact.block_number desc, fact.log_index desc limit %(most)s)
union all
(select 'suspension', listed.changed_block, '', null, listed.seller, extract(epoch from listed.suspended_until),
    listed.model_id, null, coalesce(listing.name, '')
from marketplace_onchainlisting listed
left join marketplace_adoption adopted on (adopted.chain_id, adopted.model_id) = (listed.chain_id, listed.model_id)
left join marketplace_listing listing on listing.id = adopted.listing_id
where listed.chain_id = %(chain)s and listed.suspended_until is not null
order by listed.suspended_until desc limit %(most)s)
union all
(select 'wait', block_number, tx_hash, time, '', new_value::numeric, '', null, ''
from governance_settingfact where chain_id = %(chain)s and name = 'MinDelayChange'
order by block_number desc, log_index desc limit 1)
union all
select 'most', block_number, '', null, '', value, '', null, ''
from contracts_parameter where chain_id = %(chain)s and key = 'pauseMax'
"""


class Entry(NamedTuple):
    """One thing that happened. ``account`` did it, or was appointed; of a suspension it is the seller."""

    kind: str
    block_number: int
    tx_hash: str
    time: datetime | None
    account: str
    until_seconds: int
    subject: str
    number: int | None
    words: str

    @property
    def until(self) -> datetime:
        """Until when it holds."""
        return datetime.fromtimestamp(min(int(self.until_seconds), LAST_SECOND), UTC)

    @property
    def proposal(self) -> OnchainProposal | None:
        """The proposal that was stopped, or that did it, with its number and title alone."""
        if self.number is None or self.kind == "suspension":
            return None
        return OnchainProposal(number=self.number, description=self.words)

    @property
    def listing(self) -> Listing | None:
        """The suspended model, with its name alone; None for what nobody adopted."""
        return Listing(name=self.words) if self.kind == "suspension" and self.words else None

    @property
    def is_end(self) -> bool:
        """Whether a pause was ended by it rather than begun."""
        return self.kind == "pause" and self.time is not None and self.until <= self.time

    def is_running_at(self, now: datetime) -> bool:
        """Whether it still holds."""
        return self.kind in ("pause", "suspension") and self.until > now


@dataclass(frozen=True)
class Emergencies:
    """The log, the newest first, and what it says of now. ``wait`` is the timelock's, ``longest`` a pause's."""

    chain: Chain
    now: datetime
    log: list[Entry]
    wait: int = 0
    longest: int = 0

    @property
    def _pauses(self) -> list[Entry]:
        return [each for each in self.log if each.kind == "pause"]

    @property
    def paused_until(self) -> datetime | None:
        """Until when sales are paused now; None where they are not."""
        last = next(iter(self._pauses), None)
        return last.until if last and last.until > self.now else None

    @property
    def rests_until(self) -> datetime | None:
        """Until when the guardian cannot pause again; None where it can."""
        guard = self.chain.deployment.get(GUARD, "")
        own = next((each for each in self._pauses if each.account == guard), None)
        rested = max(own.until + REST if own else self.now, self.paused_until or self.now)
        return rested if rested > self.now else None

    @property
    def mandate(self) -> Entry | None:
        """The guardian's present mandate."""
        return next((each for each in self.log if each.kind == "mandate"), None)

    @property
    def mandate_days(self) -> int:
        """How many whole days are left of it."""
        left = (self.mandate.until - self.now).total_seconds() if self.mandate else 0
        return max(0, int(left)) // DAY

    @property
    def segments(self) -> int:
        """What is left of the longest mandate, in segments of a slice: any rest shows."""
        left = (self.mandate.until - self.now).total_seconds() if self.mandate else 0
        return max(1, int(left * SEGMENTS / LONGEST)) if left > 0 else 0

    @property
    def has_mandate(self) -> bool:
        """Whether there is a guardian now."""
        return self.mandate is not None and self.mandate.until > self.now

    def is_guardian(self, account: str) -> bool:
        """Whether an account is the guardian's member now."""
        return bool(account) and self.has_mandate and self.mandate is not None and self.mandate.account == account

    @property
    def suspensions(self) -> list[Entry]:
        """The models that are suspended now."""
        return [each for each in self.log if each.kind == "suspension" and each.is_running_at(self.now)]


def emergencies_of(chain: Chain, now: datetime) -> Emergencies:
    """Return the emergencies of a chain. One query."""
    with connection.cursor() as cursor:
        cursor.execute(LOG, {"chain": chain.pk, "most": MOST})
        log = [Entry(*row) for row in cursor.fetchall()]
    seconds = {each.kind: int(each.until_seconds) for each in log if each.kind in ("wait", "most")}
    said = [each for each in log if each.kind not in seconds]
    settings = {"wait": seconds.get("wait", 0), "longest": seconds.get("most", 0)}
    # Suspensions are a fold, which does not keep when it began: they stand by the block of their last change.
    return Emergencies(chain, now, sorted(said, key=lambda each: -each.block_number), **settings)
