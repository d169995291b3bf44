"""Chains, what the indexer has read of them, and the transactions that this server sends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.functions import JSONObject
from django.utils import timezone

from common.fields import WeiField

HASH = r"^0x[0-9a-f]{64}$"
LOCAL_CHAIN = 31337
RANKED = ("lattice", "power")  # kinds of tallies that pages list by their amount: governance.onchain.models.power


def hash_field(**options: Any) -> models.CharField[str, str]:
    """Return a column for 32 bytes: 0x and 64 lower-case hexadecimal digits."""
    return models.CharField(max_length=66, **options)


def address_field(**options: Any) -> models.CharField[str, str]:
    """Return a column for an address: 0x and 40 lower-case hexadecimal digits."""
    return models.CharField(max_length=42, **options)


class ChainQuerySet(models.QuerySet["Chain"]):
    """Reads of chains."""

    def with_verification(self) -> ChainQuerySet:
        """Read each chain's last comparison with it, for pages that show one a chain."""
        shown = JSONObject(**{name: name for name in ("id", "block_number", "differences", "made_at")})
        last = Verification.objects.filter(chain=models.OuterRef("pk")).order_by("-made_at")
        return self.annotate(verification=models.Subquery(last.values(row=shown)[:1], output_field=models.JSONField()))

    def with_clock(self) -> ChainQuerySet:
        """Read each chain's last indexed block with it, for pages that show one moment: it stays what it was then."""
        head = Cursor.objects.filter(chain=models.OuterRef("chain")).values("number")
        block = Block.objects.filter(chain=models.OuterRef("pk"), number=models.Subquery(head))
        shown = block.values(row=JSONObject(number="number", time="time"))
        return self.annotate(clock=models.Subquery(shown, output_field=models.JSONField()))


class Chain(models.Model):
    """An EVM chain; its key is its EIP-155 id.

    ``deployment`` maps the names of our contracts to their addresses, lower-case. ``confirmations`` is N: a block is
    final when N blocks follow it. ``reorg_window`` is how many blocks deep the indexer follows a change. ``quorum`` is
    how many endpoints have to agree on the last block of what is indexed.
    """

    id = models.PositiveBigIntegerField(primary_key=True)
    short_name = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    coin = models.CharField(max_length=16)
    rpc_urls = ArrayField(models.CharField(max_length=500), default=list)
    confirmations = models.PositiveIntegerField()
    reorg_window = models.PositiveIntegerField()
    quorum = models.PositiveSmallIntegerField(default=1)
    explorer_url = models.URLField(blank=True)
    deployment = models.JSONField(default=dict, blank=True)
    start_block = models.PositiveBigIntegerField(default=0)
    genesis_hash = hash_field(blank=True)

    objects = ChainQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(reorg_window__gt=models.F("confirmations")), name="chain_window"),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def endpoints(self) -> list[str]:
        """Where the chain is asked, in the order of preference: what the environment names, else what the row does."""
        named: list[str] = settings.RPC_URLS.get(self.short_name, [])
        return named or self.rpc_urls

    @property
    def is_local(self) -> bool:
        """Whether this is a chain of this machine, which may be restarted from an earlier state."""
        return self.id == LOCAL_CHAIN

    @property
    def is_home(self) -> bool:
        """Whether the DAO stands here, and decides."""
        return bool(self.short_name == settings.HOME_CHAIN)

    def head(self) -> int:
        """Return the number of the last block that is indexed, or the one before the first to be.

        A chain that was read ``with_clock`` has it at hand, and the time.
        """
        if clock := self._clock:
            return int(clock["number"])
        number = Cursor.objects.filter(chain=self).values_list("number", flat=True).first()
        return max(self.start_block - 1, 0) if number is None else number

    def head_hash(self) -> str:
        """Return the hash of the last block that is indexed, which no other state of the chain has; "" before it."""
        return Cursor.objects.filter(chain=self).values_list("hash", flat=True).first() or ""

    def head_time(self) -> datetime:
        """Return when the last indexed block was made: the contracts' own clock, which may lag behind ours."""
        if clock := self._clock:
            return datetime.fromisoformat(clock["time"])
        # One statement: between two a reorganisation may take the block away.
        number = Cursor.objects.filter(chain=self).values("number")
        return Block.objects.values_list("time", flat=True).get(chain=self, number=models.Subquery(number))

    @property
    def _clock(self) -> dict[str, Any] | None:
        return getattr(self, "clock", None)

    def final_block(self) -> int:
        """Return the number of the last indexed block that has N blocks after it."""
        return self.head() - self.confirmations

    def last_verification(self) -> Verification | None:
        """Return the last comparison of what is indexed with the chain itself, None before the first.

        A chain that was read ``with_verification`` has it at hand.
        """
        if hasattr(self, "verification"):
            row: dict[str, Any] | None = self.verification
            if row is None:
                return None
            return Verification(chain=self, **{**row, "made_at": datetime.fromisoformat(row["made_at"])})
        return Verification.objects.filter(chain=self).order_by("-made_at").first()


def of_chain(related_name: str | None = "+") -> models.ForeignKey[Chain, Chain]:
    """Return a column for the chain, of a table with a row for each block or event (docs/decisions/0046, 0228)."""
    # PostgreSQL would look for the chain's row once for each of them; and every other index begins with the chain.
    return models.ForeignKey(
        Chain, on_delete=models.CASCADE, related_name=related_name, db_constraint=False, db_index=False
    )


class Block(models.Model):
    """A block that was indexed. ``time`` is when its validator says it was made."""

    chain = of_chain(related_name=None)
    number = models.PositiveBigIntegerField()
    hash = hash_field()
    parent_hash = hash_field()
    time = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="block_number_unique")]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number}"


class ChainRecord(models.Model):
    """Something that one log of one transaction says. ``index`` counts the transaction's events of ours from 0.

    Records are in the order of their chain by (block_number, log_index); ``log_index`` counts within the block.
    """

    chain = of_chain()
    block_number = models.PositiveBigIntegerField()
    tx_hash = hash_field()
    index = models.PositiveIntegerField()
    log_index = models.PositiveIntegerField()
    time = models.DateTimeField()

    class Meta:
        abstract = True


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of events."""

    def of_transaction(self, chain: Chain, tx_hash: str) -> EventQuerySet:
        """Return what a transaction made, in its order: the first is in an index, the others in its block (0347)."""
        first = self.filter(chain=chain, tx_hash=tx_hash, index=0).values("block_number")[:1]
        return self.filter(chain=chain, block_number=models.Subquery(first), tx_hash=tx_hash).order_by("index")


class Event(ChainRecord):
    """An event of one of our contracts, as it came.

    ``args`` holds bytes and addresses as lower-case hexadecimal text, numbers as numbers, structs as objects.
    ``subject`` names the aggregate whose fold it belongs to, such as ``listing:0x…``; empty where there is none.
    """

    # Grows with the chain, so that it also gives the order, and a row goes to its index's end (0333).
    pk = models.CompositePrimaryKey("chain_id", "block_number", "log_index")
    address = address_field()
    contract = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    args = models.JSONField()
    subject = models.CharField(max_length=128, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            HashIndex(fields=["tx_hash"], name="event_first_of_tx", condition=models.Q(index=0)),
            models.Index(
                fields=["chain", "subject", "block_number"], name="event_subject", condition=~models.Q(subject="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract}.{self.name}"


class Fact(ChainRecord):
    """What an app makes of one event. Only the indexer writes it, and deletes it when the chain takes it back.

    Nothing that a person or this server wrote may have a foreign key to a fact.
    """

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["chain", "tx_hash", "index"], name="%(class)s_key_unique"),
        ]
        indexes = [models.Index(fields=["chain", "block_number"], name="%(class)s_block")]


class Tally(models.Model):
    """A running sum over events, such as what an account may withdraw: ``key`` names what is summed, ``kind`` the rule.

    ``events`` is how many events have contributed; the row goes with the last of them.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=200)
    amount = WeiField()
    events = models.BigIntegerField()  # PostgreSQL would refuse to add a negative number otherwise

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "kind", "key"], name="tally_key_unique")]
        indexes = [
            models.Index(
                fields=["chain", "kind", "-amount", "id"], name="tally_ranking", condition=models.Q(kind__in=RANKED)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class FoldState(models.Model):
    """The state of an aggregate with many events as of a block, from which its fold goes on: a cache of the indexer's.

    ``code`` tells which version of the fold made it; that of another version is not read.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=128)
    block_number = models.BigIntegerField()
    code = models.CharField(max_length=16)
    state = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "subject"], name="fold_state_unique")]
        indexes = [models.Index(fields=["chain", "block_number"], name="fold_state_block")]

    def __str__(self) -> str:
        return f"{self.subject} at {self.block_number}"


class IndexerStatus(models.Model):
    """The state of a chain's indexing, for operators; no page depends on it.

    ``head`` is the chain's last block as an endpoint told it at ``head_seen_at``. ``stopped`` says why it needs a
    person, empty where it does not.
    """

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, primary_key=True, related_name="status")
    head = models.PositiveBigIntegerField(default=0)
    head_seen_at = models.DateTimeField(null=True)
    events_per_second = models.FloatField(default=0)
    reorgs = models.PositiveBigIntegerField(default=0)
    deepest_reorg = models.PositiveBigIntegerField(default=0)
    stopped = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.chain_id}: {self.head}"


class Verification(models.Model):
    """One comparison of what is indexed with what the contracts themselves answer at a block.

    ``differences`` lists what differed, each with its name and both values; ``compared`` is how many values were.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    block_number = models.PositiveBigIntegerField()
    block_hash = hash_field()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["chain", "-made_at"], name="verification_latest")]

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.block_number}: {len(self.differences)} of {self.compared}"


class Cursor(models.Model):
    """How far a chain is indexed: written with the last block's events, in one transaction."""

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, primary_key=True)
    number = models.PositiveBigIntegerField()
    hash = hash_field()
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number}"


class SentTransaction(models.Model):
    """A transaction that one of our keys signed, kept before it is sent: a retry sends the same one again.

    ``business_id`` says what it is for, once a chain and for ever. Where it waited too long it was signed again with
    higher fees under the same nonce, at ``signed_at``; ``former_hashes`` are those of before, and any may be mined.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE)
    business_id = models.CharField(max_length=200)
    sender = address_field()
    nonce = models.PositiveBigIntegerField()
    hash = hash_field()
    raw = models.BinaryField()
    former_hashes = ArrayField(hash_field(), default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "business_id"], name="sent_business_id_unique"),
            models.UniqueConstraint(fields=["chain", "sender", "nonce"], name="sent_nonce_unique"),
        ]

    def __str__(self) -> str:
        return self.business_id
