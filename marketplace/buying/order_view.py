"""Where an order stands, in words: who acts next, and after a failure the one way on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.template.defaultfilters import date as date_of
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from contracts.currencies import Currency, currency_of
from contracts.names import COIN, DAY, DEMO_DOLLAR
from contracts.networks import NETWORKS
from marketplace.money.sales import Sale
from marketplace.onchain.models.returns import PurchaseReturn, Stage

from .order_parts import Mark, Named, Step
from .orders import Progress
from .quotes import Quote
from .receipt_words import Said, is_gift, recipient_of, sentences_of, title_of
from .receipts import Receipt
from .state_words import DOTS, HEADINGS, ICONS, OWN_END, SHORT, TEXTS
from .states import ENDED, PAID, State


@dataclass(frozen=True)
class OrderView:
    """An order as its page and the lists show it. ``to_withdraw`` is what the buyer has to draw after a refund."""

    progress: Progress
    to_withdraw: int = 0
    receipt: Receipt | None = None

    @property
    def title(self) -> str:
        """The sentence of what happened, or is to happen."""
        return title_of(self.progress)

    @property
    def currency(self) -> Currency:
        """What it is paid in."""
        return currency_of(self.progress.order.chain, self.progress.order.token)

    @property
    def name_parts(self) -> tuple[str, str]:
        """The owner, and the model's own name."""
        owner, _slash, name = self.progress.order.listing_name.partition("/")
        return owner, name

    @property
    def sentences(self) -> list[Said]:
        """What happened, in about four of them; none before anything was paid."""
        return sentences_of(self.progress, self.receipt) if self.receipt else []

    @property
    def heading(self) -> StrOrPromise:
        """The state as a headline."""
        if self.is_gift and self.progress.state == State.FINAL:
            return _("Delivered")
        if self.is_withdrawn:
            return _("You withdrew the dispute")
        return HEADINGS[self.progress.state]

    @property
    def is_withdrawn(self) -> bool:
        """Whether the buyer took a dispute back."""
        progress, returned = self.progress, self.progress.returned
        return progress.state == State.RULED_FOR_SELLER and returned is not None and returned.by == progress.order.buyer

    @property
    def is_gift(self) -> bool:
        """Whether somebody else than the buyer gets the access."""
        return is_gift(self.progress)

    @property
    def recipient(self) -> str:
        """Who gets it."""
        return recipient_of(self.progress)

    @property
    def may_run(self) -> bool:
        """Whether the buyer may run the model by it."""
        return self.is_final and not self.is_gift

    @property
    def has_returning(self) -> bool:
        """Whether there is something to say of taking it back."""
        progress = self.progress
        closed = progress.later and self.is_final and not progress.returned
        return bool(progress.refundable or self.has_reason or closed)

    @property
    def has_reason(self) -> bool:
        """Whether a ruling says why."""
        returned = self.progress.returned
        return returned is not None and bool(returned.reason)

    @property
    def last(self) -> Mark | None:
        """The last thing that happened to it on the chain: the payment, or what took it back; None before."""
        fact, returned = self.progress.fact, self.progress.returned
        if returned:
            return Mark(returned.last_at, returned.last_block)
        return Mark(fact.time, fact.block_number) if fact else None

    @property
    def transactions(self) -> list[Named]:
        """Its transactions, the last one first."""
        progress, returned = self.progress, self.progress.returned
        if not progress.tx_hash:
            return []
        if returned is None:
            return [Named(_("Transaction"), progress.tx_hash)]
        taken = _("Refund transaction") if returned.stage == Stage.REFUNDED else _("Dispute transaction")
        ruling = _("Dispute withdrawn") if self.is_withdrawn else _("Ruling transaction")
        ruled = [Named(ruling, returned.ruled_tx)] if returned.ruled_tx else []
        return [*ruled, Named(taken, returned.taken_tx), Named(_("Purchase transaction"), progress.tx_hash)]

    @property
    def filled(self) -> int:
        """How much of the slice of confirmations is filled, of the payment or of what took it back."""
        progress = self.progress
        return progress.confirmations_of(progress.returned) if progress.returned else progress.confirmations

    @property
    def is_certain(self) -> bool:
        """Whether the last that happened to it is final."""
        return self.last is not None and self.filled >= self.progress.needed

    @property
    def half(self) -> int:
        """How much of it is in half tone: what is being waited for."""
        waits = self.progress.state in (State.SENT, State.CONFIRMING, State.AWAITING)
        return int(waits or (self.progress.returned is not None and not self.is_certain))

    @property
    def is_over(self) -> bool:
        """Whether it came to nothing, or was taken back."""
        return self.progress.state in ENDED or self.progress.state in (State.REFUNDED, State.RULED_FOR_BUYER)

    @property
    def text(self) -> str:
        """What the state means for the buyer, in a sentence or two."""
        order, state = self.progress.order, self.progress.state
        if state == State.REVERTED:
            return _("%(reason)s You paid gas, and nothing else.") % {"reason": order.reason}
        if state == State.DROPPED:
            until = date_of(order.deadline, "H:i")
            return _(
                "No block has it, and the chain's nodes have forgotten it. If your wallet still shows it as pending, "
                "wait: it may come until %(until)s UTC, and not after."
            ) % {"until": until}
        returned = self.progress.returned
        # A seller may pay back unasked, and the buyer should know that it was not their doing.
        if state == State.REFUNDED and returned and returned.by != order.buyer:
            return _("The seller paid it back. %(text)s") % {"text": TEXTS[state]}
        return str(TEXTS[state])

    @property
    def short(self) -> str:
        """The state in a word or two."""
        progress = self.progress
        if progress.state == State.CONFIRMING:
            return progress.sales[0].certainty
        if self.is_gift and progress.state == State.FINAL:
            return _("given away")
        return str(SHORT[progress.state])

    @property
    def icon(self) -> str:
        """What stands for the state in a list; empty where the slice of confirmations does."""
        return ICONS.get(self.progress.state, "")

    @property
    def dot(self) -> str:
        """The colour of the state's dot."""
        return DOTS.get(self.progress.state, "wait")

    @property
    def can_open_wallet(self) -> bool:
        """Whether the one thing to do is to open the wallet."""
        return self.progress.state in (State.PREPARED, State.AWAITING)

    @property
    def takes_demo_dollars(self) -> bool:
        """Whether its currency is the one that the demo hands out."""
        order = self.progress.order
        return bool(order.token == order.chain.deployment.get(DEMO_DOLLAR))

    @property
    def can_try_again(self) -> bool:
        """Whether the one way on is a new order."""
        return self.progress.state in ENDED

    @property
    def is_final(self) -> bool:
        """Whether the model is the buyer's."""
        return self.progress.state in (State.FINAL, State.RULED_FOR_SELLER)

    @property
    def final_at(self) -> str:
        """When it became final, by its block and whoever looks; empty before."""
        return _at(self.receipt.final_at) if self.receipt else ""

    @property
    def is_settled(self) -> bool:
        """Whether every step of paying is behind it."""
        return self.is_final or self.progress.returned is not None

    @property
    def payments(self) -> list[Sale]:
        """Every payment of it that the chain has, oldest first: a wallet can be made to send twice."""
        return self.progress.sales

    @property
    def paid_again(self) -> int:
        """How often it was paid beyond the first time."""
        return len(self.progress.facts[1:])

    @property
    def bought(self) -> int:
        """How many passes or periods all its payments have bought."""
        return sum(fact.quantity for fact in self.progress.facts)

    @property
    def refundable_until(self) -> datetime | None:
        """The last second at which the buyer can have it paid back; None where that is not, or no more, possible."""
        fact = self.progress.refundable
        return datetime.fromtimestamp((fact.maturity_day + 1) * DAY - 1, UTC) if fact else None

    @property
    def refundable_days(self) -> int:
        """How many days that is from today."""
        fact = self.progress.refundable
        return fact.maturity_day - int(self.progress.now.timestamp()) // DAY if fact else 0

    @property
    def quote(self) -> Quote:
        """How its price came about when it was prepared."""
        order = self.progress.order
        return Quote(currency=self.currency, **order.quote)

    @property
    def has_referrer(self) -> bool:
        """Whether somebody gets a part of the fee for having sent the buyer."""
        return self.progress.order.referrer != COIN

    def steps(self) -> list[Step]:
        """Return the stepper: prepared, in your wallet, sent, confirming, yours or delivered."""
        return list(self._steps())

    def _steps(self) -> Iterator[Step]:
        returned = self.progress.returned
        if returned:
            # Without “Yours”, which a return has undone or put in doubt.
            yield from (Step(title, note, "done", filled=1) for title, note in list(self._lines())[:4])
            yield from self._taken_back(returned)
            return
        reached = _REACHED[self.progress.state] if not self._failed_at else self._failed_at
        for place, (title, note) in enumerate(self._lines()):
            if place == reached and self._failed_at:
                yield Step(str(self.heading), "", "ended" if self.progress.state in OWN_END else "failed")
            elif place < reached or self.is_final:
                yield Step(title, note, "done", filled=1)
            elif place > reached:
                # After an end nothing is waited for.
                yield Step(title, "" if self._failed_at else note, "to-come")
            elif self.progress.state == State.CONFIRMING:
                done, of = self.progress.confirmations, self.progress.needed
                yield Step(title, note, "now", filled=done, half=1, total=of)
            else:
                yield Step(title, note, "now", half=1)

    def _taken_back(self, returned: PurchaseReturn) -> Iterator[Step]:
        title = _("Disputed") if returned.is_disputed else str(self.heading)
        if not self.is_certain:
            certainty, of = self.progress.sales[-1].certainty, self.progress.needed
            yield Step(title, certainty, "now", filled=self.filled, half=1, total=of)
            return
        yield Step(title, _at(returned.last_at), "done", filled=1)
        if returned.is_disputed:
            yield Step(_("Ruling"), _("by %(day)s") % {"day": date_of(returned.rule_by, "j M")}, "now", half=1)

    @property
    def _failed_at(self) -> int:
        """The step that an ended order did not get beyond; 0 while it has not failed."""
        if self.progress.state not in ENDED:
            return 0
        # A transaction that was named has passed the wallet.
        return 2 if self.progress.order.tx_hashes else 1

    def _lines(self) -> Iterator[tuple[str, str]]:
        order = self.progress.order
        yield _("Prepared"), _at(order.created_at)
        yield self._wallet()
        yield self._block()
        yield self._confirming()
        yield _("Delivered") if self.is_gift else _("Yours"), self.final_at

    def _wallet(self) -> tuple[str, str]:
        signed = self.progress.order.sent_at
        if signed or self.progress.fact:
            return _("Signed in your wallet"), _at(signed)
        return _("In your wallet"), _("you confirm it there")

    def _block(self) -> tuple[str, str]:
        fact = self.progress.fact
        if fact is None:
            return _("Sent"), _("waiting for a block")
        number = number_format(fact.block_number, force_grouping=True)
        return _("In block %(number)s") % {"number": number}, _at(fact.time)

    def _confirming(self) -> tuple[str, str]:
        progress = self.progress
        words = {"n": progress.confirmations, "of": progress.needed}
        if progress.state not in PAID:
            return _("Confirming"), _("%(of)s blocks to follow") % words
        # Usually: no chain promises when its next block comes.
        seconds = progress.needed * NETWORKS[progress.order.chain.short_name].block_seconds
        note = _("usually %(seconds)s s") % {"seconds": seconds}
        if progress.confirmations >= progress.needed:
            return _("Confirmed by %(of)s blocks") % words, self.final_at
        return _("Confirming, %(n)s of %(of)s blocks") % words, note


_REACHED = {State.PREPARED: 1, State.AWAITING: 1, State.SENT: 2, State.CONFIRMING: 3, State.FINAL: 5} | dict.fromkeys(
    ENDED, 0
)


def _at(moment: datetime | None) -> str:
    return date_of(moment, "H:i:s") if moment else ""
