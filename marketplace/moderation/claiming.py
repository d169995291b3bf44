"""Taking cases to work on, and giving them back: two moderators never work on one."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.moderators import refuse_others
from common.text import clean_line
from marketplace.ground.cases import Case, CaseStep, Priority, Source, Step, open_case
from marketplace.ground.contents import Subject, find_content
from marketplace.ground.decisions import Content

from .errors import CaseClosedError, CaseNotFoundError, ClaimedByAnotherError, ContentGoneError, NotClaimedError
from .parties import refuse_own_case

OPENED = "Opened by a moderator"


@transaction.atomic
def claim_case(*, moderator: User, pk: int) -> Case:
    """Have a moderator work on a case for half an hour from now on; claiming it again begins the time anew.

    Raises NotAModeratorError, CaseNotFoundError, CaseClosedError, ClaimedByAnotherError, OwnCaseError, SameJudgeError.
    """
    case = locked_case(moderator, pk)
    refuse_own_case(moderator, subject_of(case), case)
    take(case, moderator)
    return case


@transaction.atomic
def release_case(*, moderator: User, pk: int) -> Case:
    """Give a case back. Raises NotAModeratorError, CaseNotFoundError, CaseClosedError, NotClaimedError."""
    case = locked_case(moderator, pk)
    if case.holder != moderator.address:
        raise NotClaimedError
    case.claimed_by, case.claimed_at = "", None
    case.save(update_fields=["claimed_by", "claimed_at"])
    CaseStep.objects.create(case=case, step=Step.RELEASED, by=moderator.address)
    return case


@transaction.atomic
def open_own_case(*, moderator: User, content: str, key: str, summary: str = "") -> Case:
    """Return the open case about a content for a moderator to work on: the one there is, else one that they open.

    Raises NotAModeratorError, ContentGoneError, OwnCaseError, ClaimedByAnotherError.
    """
    refuse_others(moderator)
    subject = found_subject(content, key)
    refuse_own_case(moderator, subject)
    case = open_case(
        content=subject.content,
        key=subject.key,
        source=Source.MODERATOR,
        priority=Priority.MEDIUM,
        summary=clean_line(summary) or OPENED,
    )
    return claim_case(moderator=moderator, pk=case.pk)


def locked_case(moderator: User, pk: int) -> Case:
    """Return an open case, locked until the transaction ends, for somebody who is a moderator this moment.

    Raises NotAModeratorError, CaseNotFoundError, CaseClosedError.
    """
    # Locked first, and alone: what is joined to a row that had to be waited for is as it was before.
    case = Case.objects.select_for_update().filter(pk=pk).first()
    refuse_others(moderator)
    if case is None:
        raise CaseNotFoundError
    if case.closed_at:
        raise CaseClosedError
    return case


def take(case: Case, moderator: User) -> None:
    """Let a moderator hold a locked case from now on. Raises ClaimedByAnotherError."""
    if case.holder not in ("", moderator.address):
        raise ClaimedByAnotherError(holder=case.holder)
    is_new = case.holder == ""
    case.claimed_by, case.claimed_at = moderator.address, timezone.now()
    case.save(update_fields=["claimed_by", "claimed_at"])
    if is_new:
        CaseStep.objects.create(case=case, step=Step.CLAIMED, by=moderator.address)


def subject_of(case: Case) -> Subject:
    """Return what a case is about as it stands now; of what is gone, what the case knows of it, which is ``is_gone``.

    So its case can be closed: who erases themselves would leave it open for ever.
    """
    return find_content(case.content, case.key) or gone(case.content, case.key, case.title, case.author)


def gone(content: str, key: str, title: str = "", author: str = "") -> Subject:
    """Return what is known of something that is not there any more."""
    return Subject(
        content=Content(content), key=key, title=title or key, path="", author=author, facts={"is_gone": True}
    )


def found_subject(content: str, key: str) -> Subject:
    """Return a content as it stands now. Raises ContentGoneError."""
    subject = find_content(content, key)
    if subject is None:
        raise ContentGoneError
    return subject
