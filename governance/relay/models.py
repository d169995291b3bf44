"""Messages that people signed, the transactions that carry them to the chain, and how the relayer is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, address_field
from governance.onchain.models.proposals import Support


class Kind(models.TextChoices):
    """What was signed."""

    BALLOT = "ballot", _("ballot")
    DELEGATION = "delegation", _("delegation")


class State(models.TextChoices):
    """What has become of a message; the last three are at a final block, and for ever."""

    SIGNED = "signed", _("signed")
    SENT = "sent", _("relayed")
    COUNTED = "counted", _("counted")
    REFUSED = "refused", _("refused")
    EXPIRED = "expired", _("expired")


class Carriage(models.Model):
    """One transaction of the relayer: written before it is signed, and sent under its own name, so it is sent once.

    ``gas`` is the most that it can use; once its block is final, ``gas_used`` is what it did.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    # Written before the transaction is signed: after a kill it is found again by its name, and not sent twice.
    to = address_field()
    data = models.TextField()
    gas = models.PositiveBigIntegerField()
    gas_used = models.PositiveBigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["chain", "created_at"], name="carriage_day"),
            models.Index(fields=["chain"], name="carriage_open", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return self.business_id

    @property
    def business_id(self) -> str:
        """What its transaction is for, once and for ever."""
        return f"relay:{self.pk}"


class SignedMessage(models.Model):
    """A ballot or a delegation that its account signed, by natural keys: it outlives every reorganisation.

    ``power`` is the account's in the smallest unit of LATTICE, as of when it counts. ``alone``: it travels in a
    transaction of its own. ``refusal`` is the name of the contract's error, or one of ours (``relay.refusals``).
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind)
    account = address_field()
    proposal = models.PositiveBigIntegerField(null=True)
    support = models.PositiveSmallIntegerField(null=True, choices=Support)
    reason = models.TextField(blank=True)
    delegatee = address_field(blank=True)
    # Of the account in the contract, not of a transaction: it makes a signed message good once.
    nonce = WeiField()
    expiry = models.DateTimeField(null=True)
    signature = models.TextField()
    power = WeiField()
    alone = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.SIGNED)
    refusal = models.CharField(max_length=100, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    carriage = models.ForeignKey(Carriage, on_delete=models.PROTECT, null=True, related_name="messages")
    signed_at = models.DateTimeField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "account", "proposal"], name="ballot_signed_once", condition=Q(kind=Kind.BALLOT)
            ),
            models.UniqueConstraint(
                fields=["chain", "account", "nonce"], name="delegation_signed_once", condition=Q(kind=Kind.DELEGATION)
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.BALLOT, proposal__isnull=False, support__isnull=False)
                | Q(kind=Kind.DELEGATION, expiry__isnull=False) & ~Q(delegatee=""),
                name="message_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SENT) | Q(carriage__isnull=False), name="message_sent_by_a_carriage"
            ),
        ]
        indexes = [models.Index(fields=["chain", "-power"], name="message_waiting", condition=Q(state=State.SIGNED))]

    def __str__(self) -> str:
        return f"{self.kind} of {self.account}, {self.state}"

    @property
    def tries(self) -> int:
        """How often it was carried in vain."""
        was_refused = self.state == State.REFUSED and self.carriage_id is not None
        return self.failures + int(was_refused)


class RelayerStatus(models.Model):
    """How the relayer was at its last look: what its account holds, in wei, and why it sends nothing, if so."""

    class Stop(models.TextChoices):
        """Why nothing is sent."""

        BUDGET = "budget", _("the day's budget is used up")
        BALANCE = "balance", _("its account cannot pay for gas")
        CHAIN = "chain", _("the chain does not take its transactions")

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, primary_key=True, related_name="+")
    account = address_field()
    balance = WeiField()
    stopped = models.CharField(max_length=8, choices=Stop, blank=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.chain_id}: {self.stopped or 'open'}"
