"""A receipt in sentences: what was bought, by whom, for how much, and what happens with the money."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.addresses import checksum
from contracts.currencies import currency_of, short_address
from contracts.names import COIN
from marketplace.onchain.models.listings import Plan

from .orders import Order, Progress
from .receipts import Payment, Receipt
from .states import ENDED, UNSENT, State


class Said(NamedTuple):
    """A sentence: what it says first, and the rest."""

    lead: str
    rest: str


def access_of(order: Order, quantity: int | None = None) -> str:
    """Return what an order buys, as it stands in a sentence: ``lasting access to smollm2-chat``."""
    n = order.quantity if quantity is None else quantity
    words = {"name": name_of(order), "n": n, "days": 30 * n}
    if order.plan == Plan.SUBSCRIPTION:
        return _("%(days)s days of %(name)s") % words
    return _("lasting access to %(name)s") % words if n == 1 else _("%(n)s passes for %(name)s") % words


def name_of(order: Order) -> str:
    """Return the model's own name."""
    return order.listing_name.partition("/")[2] or order.listing_name


def title_of(progress: Progress) -> str:
    """Return the sentence of what happened, or is to happen."""
    order = progress.order
    price = currency_of(order.chain, order.token).brief_text(progress.paid or order.price)
    words = {
        "access": access_of(order, sum(fact.quantity for fact in progress.facts) or None),
        "price": price,
        "name": name_of(order),
        "who": unbroken(short_address(checksum(recipient_of(progress)))),
    }
    return _pattern(progress) % words


def unbroken(address: str) -> str:
    """Return a shortened address that no line breaks in two: browsers break after its dots."""
    return address.replace("…", "…\N{WORD JOINER}")


def recipient_of(progress: Progress) -> str:
    """Return who has the access, or is to have it: the chain's word before the order's."""
    return progress.fact.recipient if progress.fact else progress.order.receiver


def is_gift(progress: Progress) -> bool:
    """Whether that is somebody else than the buyer."""
    return recipient_of(progress) != progress.order.buyer


def _pattern(progress: Progress) -> str:
    state, given = progress.state, is_gift(progress)
    if state in UNSENT:
        return _("Give %(who)s %(access)s for %(price)s") if given else _("Buy %(access)s for %(price)s")
    if state in ENDED:
        return _("You did not give %(who)s %(access)s") if given else _("You did not buy %(access)s")
    if state == State.FINAL:
        return _("You gave %(who)s %(access)s for %(price)s") if given else _("You bought %(access)s for %(price)s")
    if state in _TAKEN_BACK:
        return _TAKEN_BACK[state]()
    return _("Giving %(who)s %(access)s for %(price)s") if given else _("Buying %(access)s for %(price)s")


_TAKEN_BACK = {
    State.REFUNDED: lambda: _("%(price)s for %(name)s was credited to you"),
    State.DISPUTED: lambda: _("You are disputing the %(price)s you paid for %(name)s"),
    State.RULED_FOR_BUYER: lambda: _("%(price)s for %(name)s was credited to you after a dispute"),
    State.RULED_FOR_SELLER: lambda: _("You bought %(access)s for %(price)s, and kept it after a dispute"),
}


def sentences_of(progress: Progress, receipt: Receipt) -> list[Said]:
    """Return what happened with the first payment, in about four sentences."""
    return list(_sentences(progress, receipt.first))


def _sentences(progress: Progress, payment: Payment) -> Iterator[Said]:
    paid = payment.currency.whole_text(payment.fact.paid)
    yield Said(
        _("You paid %(paid)s") % {"paid": paid}, _("to the marketplace, in one transaction signed by your wallet.")
    )
    yield _access(progress, payment)
    if payment.returned:
        yield from _returned(payment, paid)
    if not payment.returned or payment.returned.is_the_sellers:
        yield from _sold(progress, payment)


def _access(progress: Progress, payment: Payment) -> Said:
    fact, name = payment.fact, name_of(progress.order)
    who = unbroken(short_address(checksum(fact.recipient))) if is_gift(progress) else ""
    words = {"who": who, "n": fact.quantity, "name": name, "days": 30 * fact.quantity, "passing": payment.passing.text}
    if fact.plan == Plan.SUBSCRIPTION:
        lead = _("%(who)s received %(days)s days of access.") if who else _("You received %(days)s days of access.")
        rest = _("They start when any current period ends, and cover every version.")
    else:
        if fact.quantity > 1:
            lead = _("%(who)s received %(n)s passes.") if who else _("You received %(n)s passes.")
        else:
            lead = _("%(who)s received a pass.") if who else _("You received a pass.")
        rest = _("It covers every version of %(name)s and %(passing)s.")
        if fact.quantity > 1:
            rest = _("They cover every version of %(name)s. A pass %(passing)s.")
    return Said(lead % words, _without(payment) or rest % words)


def _without(payment: Payment) -> str:
    """Return why what was bought cannot be used; empty where it can."""
    returned = payment.returned
    if not returned or returned.is_the_sellers:
        return ""
    return _("Access is suspended until the ruling.") if returned.is_disputed else _("Access was taken back.")


def _sellers(owner: str, partners: int) -> str:
    """Return who shares what the sellers' side gets."""
    if not partners:
        return owner
    return ngettext("%(owner)s and a partner", "%(owner)s and %(n)s partners", partners) % {
        "owner": owner,
        "n": partners,
    }


def _due(progress: Progress, payment: Payment) -> str:
    if payment.matures <= progress.now.date():
        return _("It has been due since %(day)s, and is not yet paid out.")
    if progress.refundable:
        return _("It is released on %(day)s, unless you ask for a refund first.")
    return _("It is released on %(day)s.")


def _returned(payment: Payment, paid: str) -> Iterator[Said]:
    returned = payment.returned
    if returned is None:
        return
    when = date_format(returned.ruled_at or returned.taken_at, "j M Y, H:i")
    words = {"paid": paid, "when": when}
    if returned.is_disputed:
        yield Said(_("%(paid)s waits for a ruling.") % words, _("Until then neither you nor the seller has it."))
    elif returned.is_paid_back:
        rest = _("on %(when)s UTC, and the access was taken back. Withdraw it from your account; gas is not refunded.")
        yield Said(_("%(paid)s was credited to you") % words, rest % words)
    else:
        rest = _("on %(when)s UTC, and the access stayed.")
        is_own = returned.by == payment.fact.buyer
        yield Said(_("You withdrew the dispute") if is_own else _("A dispute was ruled for the seller"), rest % words)


def _sold(progress: Progress, payment: Payment) -> Iterator[Said]:
    owner, day = progress.order.listing_name.partition("/")[0], date_format(payment.matures, "j M")
    amount = payment.currency.whole_text(payment.sellers_part)
    words = {"amount": amount, "sellers": _sellers(owner, payment.partners), "day": day}
    if payment.is_distributed:
        yield Said(_("%(amount)s was paid out") % words, _("to %(sellers)s.") % words)
    elif payment.sellers_part:
        lead = _("%(amount)s is held for %(sellers)s.") % words
        yield Said(lead, _due(progress, payment) % words)
    if not payment.fact.fee:
        return
    fee = _("%(fee)s is the protocol’s fee") % {"fee": payment.currency.whole_text(payment.fact.fee)}
    rest = _(", %(percent)s %%, fixed at purchase.")
    words = {"percent": f"{payment.fee_percent:g}"}
    if payment.fact.referrer != COIN and payment.referral:
        rest = _(", %(percent)s %%, of which %(part)s goes to your referrer, %(who)s.")
        words |= {
            "part": payment.currency.whole_text(payment.referral),
            "who": short_address(checksum(payment.fact.referrer)),
        }
    yield Said(fee, rest % words)
