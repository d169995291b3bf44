"""The books of paid use: per (chain, token) and payer what they have here, every change of it, and every call.

An account's seven columns are the ledger's accounts. What came in (``deposited``) is always the sum of where it is, and
so it is in every change: double entry, which the database enforces a row. All amounts are integers of the token's
smallest unit. Payers, chains and models are named by their natural keys: nothing here hangs on a fact of the chain, nor
on a user or a key, so that erasing somebody takes no money away.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import address_field, hash_field

from .payment_models import CallPayment as CallPayment

HOLDS = ("available", "held", "charged", "withdrawing", "withdrawn", "settled")  # where what came in is
COLUMNS = (*HOLDS, "deposited")


def _sums_up() -> models.CheckConstraint:
    parts = F("available") + F("held") + F("charged") + F("withdrawing") + F("withdrawn") + F("settled")
    return models.CheckConstraint(condition=Q(deposited=parts), name="%(class)s_sums_up")


class Account(models.Model):
    """What a payer has in the escrow in one token, as the ledger has it.

    ``held`` is reserved by calls that run, ``charged`` is used and not settled on chain yet, ``withdrawing`` is asked
    for; ``settled`` has gone to sellers, ``withdrawn`` back to the payer, both for ever. ``available`` and ``charged``
    fall below zero where the chain took back a deposit that was used, or charged what we did not: both are alarms.
    """

    chain_id = models.PositiveBigIntegerField()
    token = address_field()
    payer = address_field()
    available = WeiField(default=0)
    held = WeiField(default=0)
    charged = WeiField(default=0)
    withdrawing = WeiField(default=0)
    withdrawn = WeiField(default=0)
    settled = WeiField(default=0)
    deposited = WeiField(default=0)
    followed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "chain_id", "token"], name="ledger_account_unique"),
            models.CheckConstraint(condition=Q(held__gte=0, withdrawing__gte=0), name="ledger_account_not_below_zero"),
            _sums_up(),
        ]

    def __str__(self) -> str:
        return f"{self.payer} {self.chain_id} {self.token}"

    @property
    def spendable(self) -> int:
        """What a call may reserve."""
        return max(0, self.available + min(0, self.charged))

    @property
    def in_escrow(self) -> int:
        """What the escrow has of theirs."""
        return self.available + self.held + self.charged + self.withdrawing


class Kind(models.TextChoices):
    """Why an account changed."""

    RESERVE = "reserve", _("Reserved for a call")
    CHARGE = "charge", _("A call ended: what was delivered is charged, the rest released")
    CHAIN = "chain", _("The chain changed: deposits, withdrawals, charges that were settled")


class Movement(models.Model):
    """One change of an account: what each of its columns rose by. Rows are only ever added."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=8, choices=Kind)
    call = models.UUIDField(null=True)
    at = models.DateTimeField(default=timezone.now)
    available = WeiField(default=0)
    held = WeiField(default=0)
    charged = WeiField(default=0)
    withdrawing = WeiField(default=0)
    withdrawn = WeiField(default=0)
    settled = WeiField(default=0)
    deposited = WeiField(default=0)

    class Meta:
        constraints = [
            # A call is reserved once and charged once, whoever tries again.
            models.UniqueConstraint(fields=["call", "kind"], condition=~Q(call=None), name="ledger_movement_once"),
            models.CheckConstraint(
                condition=Q(kind=Kind.CHAIN, call=None) | ~Q(kind=Kind.CHAIN) & Q(call__isnull=False),
                name="ledger_movement_of_call",
            ),
            _sums_up(),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.account_id}"


class SettlementState(models.TextChoices):
    """Where a transaction that settles stands."""

    SENT = "sent", _("on its way")
    DONE = "done", _("final")
    FAILED = "failed", _("failed: its charges wait for another one")


class Settlement(models.Model):
    """One transaction of ours that charges many keys' use. ``gas`` is its limit, and what it used once it is final."""

    chain_id = models.PositiveBigIntegerField()
    token = address_field()
    state = models.CharField(max_length=8, choices=SettlementState, default=SettlementState.SENT)
    lines = models.JSONField()  # what it charges: [[line, payer, key id, model id, amount as text], …]
    gas = models.PositiveBigIntegerField()
    tx_hash = hash_field(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=SettlementState.SENT, ended_at=None)
                | ~Q(state=SettlementState.SENT) & Q(ended_at__isnull=False),
                name="ledger_settlement_ended",
            )
        ]
        indexes = [
            models.Index(fields=["chain_id", "created_at"], name="ledger_settlement_lately"),
            models.Index(fields=["chain_id"], condition=Q(ended_at=None), name="ledger_settlement_open"),
        ]

    def __str__(self) -> str:
        return self.business_id

    @property
    def business_id(self) -> str:
        """What its transaction is for, for ever."""
        return f"settle:{self.pk}"


class Line(models.Model):
    """What calls of one key and model come to together, to be charged on chain once.

    ``settlement`` is the transaction that it is part of, None while it waits. ``refusal`` is why the escrow would not
    take it when it was tried last; it is tried again at ``due_at``.
    """

    chain_id = models.PositiveBigIntegerField()
    token = address_field()
    payer = address_field()
    key_id = hash_field()
    model_id = hash_field()
    amount = WeiField()
    calls = models.PositiveIntegerField()
    settlement = models.ForeignKey(Settlement, null=True, on_delete=models.PROTECT, related_name="parts")
    is_settled = models.BooleanField(default=False)
    refusal = models.CharField(max_length=64, blank=True)
    refusals = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="ledger_line_of_something"),
            models.CheckConstraint(
                condition=Q(is_settled=False) | Q(settlement__isnull=False), name="ledger_line_settled_by"
            ),
        ]
        indexes = [
            models.Index(fields=["chain_id", "due_at"], condition=Q(settlement=None), name="ledger_line_waiting"),
            models.Index(fields=["payer", "key_id"], name="ledger_line_key"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.payer} for {self.model_id}"


class Charge(models.Model):
    """One paid call: what it may cost at most while it runs, and what it cost once it has ended.

    ``call`` is the call's id: calls are forgotten after some months, and what was paid is not. ``key`` is the key's id
    here, ``key_id`` the one that the escrow knows it by. ``amount`` is 0 while it runs. The prices are those that
    were in force when it was reserved: for 1,000,000 tokens, and for the call; a model has one of the two.

    ``is_direct``: a ``CallPayment`` has paid it, whose id is ``key`` and its nonce ``key_id``; it is in no account.
    """

    call = models.UUIDField(unique=True, default=uuid.uuid4)
    chain_id = models.PositiveBigIntegerField()
    token = address_field()
    payer = address_field()
    key = models.UUIDField()
    key_id = hash_field()
    listing = models.CharField(max_length=193)
    version = models.CharField(max_length=32, blank=True)
    model_id = hash_field()
    in_per_m = WeiField(default=0)
    out_per_m = WeiField(default=0)
    per_call = WeiField(default=0)
    held = WeiField()
    amount = WeiField(default=0)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    is_direct = models.BooleanField(db_default=False, default=False)
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=0, ended_at=None) | Q(amount__gte=0, amount__lte=F("held"), ended_at__isnull=False),
                name="ledger_charge_within_held",
            ),
        ]
        indexes = [
            models.Index(fields=["payer", "-started_at", "-id"], name="ledger_charge_statement"),
            models.Index(fields=["key", "started_at"], name="ledger_charge_key"),
        ]

    def __str__(self) -> str:
        return str(self.call)


class Owed(models.Model):
    """That a call which ended and cost something is to be charged on chain, and in which line; None while it waits.

    Apart from the call, whose row is wide and in many indexes: settlement writes these by the ten thousand. What they
    say of ``line`` is checked by no constraint, which would look for each; the audit compares lines with their calls.
    """

    charge = models.OneToOneField(Charge, primary_key=True, on_delete=models.CASCADE)
    chain_id = models.PositiveBigIntegerField()
    line = models.ForeignKey(
        Line, null=True, on_delete=models.PROTECT, related_name="owed", db_index=False, db_constraint=False
    )

    class Meta:
        indexes = [models.Index(fields=["chain_id", "charge"], condition=Q(line=None), name="ledger_owed_waiting")]

    def __str__(self) -> str:
        return f"{self.charge_id}: {self.line_id or 'waits'}"


class Receipt(models.Model):
    """What proves a paid call (``receipts``). ``secret`` is its address; ``salt``, 32 bytes, is in both hashes.

    ``typed`` is what ``signer`` has signed, ``leaf`` its digest; empty until the call has ended and it is signed.
    ``day`` (UTC) is the one in whose tree it is.
    """

    call = models.UUIDField(unique=True)
    secret = models.CharField(max_length=43, unique=True)
    salt = models.CharField(max_length=64)
    request_hash = hash_field(blank=True)
    answer_hash = hash_field(blank=True)
    typed = models.JSONField(default=dict)
    signer = address_field(blank=True)
    signature = models.CharField(max_length=132, blank=True)
    leaf = hash_field(blank=True)
    day = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signature="", leaf="", day=None) | ~Q(signature="") & ~Q(leaf="") & Q(day__isnull=False),
                name="ledger_receipt_signed_whole",
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(signature=""), name="ledger_receipt_unsigned"),
            models.Index(fields=["day", "leaf"], condition=~Q(day=None), name="ledger_receipt_day"),
        ]

    def __str__(self) -> str:
        return str(self.call)


class ReceiptDay(models.Model):
    """A day that is over: the root of its receipts, which the keeper anchors, and how many they are."""

    day = models.DateField(unique=True)
    root = hash_field()
    receipts = models.PositiveIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.day)


class ReceiptTree(models.Model):
    """The nodes of a closed day's tree, 32 bytes each, the root first: apart from the day, which is read often."""

    day = models.DateField(unique=True)
    nodes = models.BinaryField()

    def __str__(self) -> str:
        return str(self.day)


class Audit(models.Model):
    """One comparison of the ledger with itself and with the escrow. ``differences`` say what, and both values."""

    chain_id = models.PositiveBigIntegerField()
    block_number = models.PositiveBigIntegerField()
    compared = models.PositiveIntegerField()
    differences = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["chain_id", "-made_at"], name="ledger_audit_latest")]

    def __str__(self) -> str:
        return f"{self.chain_id}: {len(self.differences)}"
