"""What a decision would do, in whole sentences, before it is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.restrictions import Scope
from contracts.names import COIN
from marketplace.ground.cases import Case
from marketplace.ground.contents import Subject
from marketplace.ground.decisions import STOPPING, Action, Category, Content
from marketplace.ground.log import LogEntry
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.reports.models import Report

from .wishes import MEANWHILE, Wish


@dataclass(frozen=True)
class Concerned:
    """Whom a decision about a listing concerns: ``passes`` there are, ``sales`` so far, and ``buyers`` of those."""

    passes: int = 0
    sales: int = 0
    buyers: int = 0


def concerned_by(subject: Subject) -> Concerned:
    """Return whom it concerns what becomes of a content. One query for a listing, else none."""
    if subject.content != Content.LISTING or not subject.facts.get("is_sold"):
        return Concerned()
    of_model = {"chain": OuterRef("chain"), "model_id": OuterRef("model_id")}
    sold = PurchaseFact.objects.filter(**of_model).values("model_id")
    moved = PassTransferFact.objects.filter(**of_model).values("model_id")
    adopted = Adoption.objects.filter(listing__name=subject.key).annotate(
        sales=Coalesce(Subquery(sold.annotate(n=Count("pk")).values("n")), 0),
        buyers=Coalesce(Subquery(sold.annotate(n=Count("recipient", distinct=True)).values("n")), 0),
        minted=Coalesce(Subquery(moved.filter(sender=COIN).annotate(n=Sum("quantity")).values("n")), 0),
        burned=Coalesce(Subquery(moved.filter(recipient=COIN).annotate(n=Sum("quantity")).values("n")), 0),
    )
    rows = list(adopted.values_list("minted", "burned", "sales", "buyers"))
    return Concerned(
        passes=sum(minted - burned for minted, burned, _sales, _buyers in rows),
        sales=sum(row[2] for row in rows),
        buyers=sum(row[3] for row in rows),
    )


def effects_of(wish: Wish, subject: Subject, case: Case, *, meanwhile: bool = False) -> list[str]:
    """Return what a decision does, a sentence each. At most three queries."""
    says = _EFFECTS[wish.action]
    found = [*says(wish, subject)]
    if wish.is_high_impact:
        found.append(_("Does none of this before a second moderator confirms it."))
        if meanwhile:
            hours = int(MEANWHILE.total_seconds() // 3_600)
            found.append(_("Hides it until then, for %(hours)d hours at most.") % {"hours": hours})
    return [*found, *_tells(wish, subject, case)]


def _nothing(wish: Wish, subject: Subject) -> Iterator[str]:
    yield _("Leaves everything as it is.")


def _label(wish: Wish, subject: Subject) -> Iterator[str]:
    category = Category(wish.category).label if wish.category else _("the category")
    yield _("Says “%(category)s” and your reason on its page.") % {"category": category}
    yield _("Leaves it in the catalogue, in searches and for sale.")


def _hide(wish: Wish, subject: Subject) -> Iterator[str]:
    if subject.content == Content.VERSION:
        yield from _hide_version(wish)
        return
    if subject.content == Content.BURST:
        yield _("Leaves these reviews out of the score for good; who really uses the model counts again.")
        yield _("Leaves them to be read, with the reason why they do not count.")
        return
    if subject.content != Content.LISTING:
        yield _("Takes it out of its page, where a line says that moderators did.")
        yield _("Keeps it, so that it can be shown again.")
        return
    yield _("Takes it out of the catalogue and of every search, and ends its sale on this site.")
    yield from _use(wish, subject)
    yield _("Leaves payouts and refunds alone.")
    if subject.facts.get("is_sold"):
        yield _("Leaves the contract alone: who calls it without this site can still buy.")


def _hide_version(wish: Wish) -> Iterator[str]:
    yield _("Takes this version from new buyers: its page says why, and nobody new can download it.")
    yield _("Ends the sale of the model while its listing on chain names this version; others of it stay.")
    if wish.category in STOPPING:
        yield _("Because of the category nobody can download or run it any more, with or without access.")
    else:
        yield _("Leaves it to those who have bought the model.")


def _suspend(wish: Wish, subject: Subject) -> Iterator[str]:
    until = wish.until()
    words = {"until": date_format(until, "j M Y") if until else _("then")}
    yield _("Stops its sale in the contract and hides it here, until %(until)s.") % words
    yield from _use(wish, subject)
    yield _("Leaves payouts, refunds and transfers alone.")
    yield _("Opens a wallet once, for the transaction that suspends it.")


def _use(wish: Wish, subject: Subject) -> Iterator[str]:
    """Say who can no longer run a model, or who still can."""
    found = concerned_by(subject)
    words = {"passes": found.passes, "sales": found.sales, "buyers": found.buyers}
    if not found.sales and not found.passes:
        yield _("Nobody has bought it so far.")
    elif wish.category in STOPPING:
        stops = ngettext(
            "Stops it for %(buyers)d buyer, because of the category: nobody can run it any more.",
            "Stops it for %(buyers)d buyers, because of the category: nobody can run it any more.",
            found.buyers,
        )
        yield stops % words
        if found.passes:
            passes = ngettext(
                "Leaves %(passes)d pass without use.", "Leaves %(passes)d passes without use.", found.passes
            )
            yield passes % words
    else:
        goes_on = ngettext(
            "Lets %(buyers)d buyer go on running it: %(sales)d sale so far.",
            "Lets %(buyers)d buyers go on running it: %(sales)d sales so far.",
            found.buyers,
        )
        yield goes_on % words


def _pause(wish: Wish, subject: Subject) -> Iterator[str]:
    until = wish.until(timezone.now())
    paused = ", ".join(str(Scope(each).label).lower() for each in wish.scopes) or _("what you choose above")
    words = {"paused": paused, "until": date_format(until, "j M Y") if until else _("then")}
    yield _("Pauses this for the account until %(until)s: %(paused)s.") % words
    yield _("Leaves what it has published, sold and bought alone; it can still withdraw its money.")


def _show(wish: Wish, subject: Subject) -> Iterator[str]:
    if subject.content == Content.ACCOUNT:
        yield _("Lets the account publish, write and review again.")
        return
    if subject.content == Content.BURST:
        yield _("Counts these reviews in the score like all others, whatever comes at once with them.")
        return
    if subject.content == Content.REVIEW and subject.labelled:
        yield _("Counts this review in the score like all others, and takes the label from it.")
        return
    yield _("Shows it again as it was before, in lists, searches and on its page.")
    if subject.facts.get("suspended_until"):
        yield _("Opens a wallet once, for the transaction that ends its suspension on chain.")


def _tells(wish: Wish, subject: Subject, case: Case) -> Iterator[str]:
    told = Report.objects.filter(case=case).aggregate(n=Count("pk", filter=~Q(reporter="") | ~Q(mail="")))["n"]
    if subject.author and wish.action != Action.NOTHING:
        yield _("Gives the owner a statement of reasons, and the way to appeal.")
    if told:
        words = {"n": told}
        yield ngettext("Tells %(n)d reporter the outcome.", "Tells %(n)d reporters the outcome.", told) % words
    head = LogEntry.objects.head()
    yield _("Writes entry %(number)d in the public log.") % {"number": (head.number if head else 0) + 1}


_EFFECTS = {
    Action.NOTHING: _nothing,
    Action.LABEL: _label,
    Action.HIDE: _hide,
    Action.SUSPEND: _suspend,
    Action.PAUSE: _pause,
    Action.SHOW: _show,
}
