"""Whose own case something is: nobody decides about what is theirs, what they bought or what they reported."""

from __future__ import annotations

from django.db.models import Q

from accounts.models import User
from marketplace.ground.cases import Case, Source
from marketplace.ground.contents import Subject
from marketplace.ground.decisions import Content
from marketplace.ground.errors import OwnCaseError
from marketplace.listings.models import Listing
from marketplace.listings.versions import Adoption
from marketplace.onchain.models.passes import PassTransferFact
from marketplace.onchain.models.sales import PurchaseFact
from marketplace.onchain.parties import parties_of_model
from marketplace.reports.models import Report

from .errors import SameJudgeError


def has_part_in(user: User, subject: Subject) -> bool:
    """Say whether something is a user's own, what they bought, or what they reported.

    A query, and for a listing, or what is said about one, four more and two a chain.
    """
    if user.address in subject.parties or user.address == subject.author:
        return True
    if any(Report.objects.is_by(user.address, content, subject.key) for content in _alike(subject)):
        return True
    is_sold = subject.content in (Content.LISTING, Content.VERSION)
    name = subject.key.partition("@")[0] if is_sold else str(subject.facts.get("of_listing") or "")
    return bool(name) and _deals_in(user, name)


def _alike(subject: Subject) -> tuple[Content, ...]:
    """Return the kinds under which the same thing may have been reported: a profile is the account's."""
    personal = (Content.PROFILE, Content.ACCOUNT)
    return personal if subject.content in personal else (subject.content,)


def _deals_in(user: User, name: str) -> bool:
    """Say whether somebody published a listing, gets something of its sales on any chain, or has bought it."""
    if Listing.objects.named(name).filter(owner__user=user).exists():
        return True
    # On every chain, because hiding a listing closes its sale on all of them.
    adoptions = list(Adoption.objects.filter(listing__in=Listing.objects.named(name)).select_related("chain"))
    if any(user.address in parties_of_model(each.chain, each.model_id) for each in adoptions):
        return True
    models = [each.model_id for each in adoptions]
    bought = PurchaseFact.objects.filter(Q(buyer=user.address) | Q(recipient=user.address), model_id__in=models)
    got = PassTransferFact.objects.filter(recipient=user.address, model_id__in=models)
    return bool(models) and (bought.exists() or got.exists())


def judges_of(case: Case, subject: Subject | None = None) -> set[str]:
    """Return who took part in the decision that a case appeals against, and in what holds in its place by now; nobody
    where it is no appeal."""
    if case.source != Source.APPEAL or case.appealed is None:
        return set()
    held = (subject.decision, subject.labelled) if subject else ()
    taken = [each for each in (case.appealed, *held) if each]
    return {address for each in taken for address in (each.moderator, each.confirmed_by)} - {""}


def refuse_own_case(user: User, subject: Subject, case: Case | None = None) -> None:
    """Raise OwnCaseError where a moderator has a part in it, whichever way they would decide, and SameJudgeError where
    an appeal is against their own decision."""
    if case is not None and user.address in judges_of(case, subject):
        raise SameJudgeError
    if has_part_in(user, subject):
        raise OwnCaseError
