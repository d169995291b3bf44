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

    A query, and for a listing four more and two a chain.
    """
    if user.address in subject.parties or user.address == subject.author:
        return True
    if Report.objects.is_by(user.address, subject.content, subject.key):
        return True
    return subject.content in (Content.LISTING, Content.VERSION) and _deals_in(user, subject.key.partition("@")[0])


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


def judges_of(case: Case) -> set[str]:
    """Return who took part in the decision that a case appeals against; nobody where it is no appeal."""
    appealed = case.appealed if case.source == Source.APPEAL else None
    return {appealed.moderator, appealed.confirmed_by} - {""} if appealed else set()


def refuse_own_case(user: User, subject: Subject, case: Case | None = None) -> None:
    """Raise OwnCaseError where a moderator has a part in it, whichever way they would decide, and SameJudgeError where
    an appeal is against their own decision."""
    if case is not None and user.address in judges_of(case):
        raise SameJudgeError
    if has_part_in(user, subject):
        raise OwnCaseError
