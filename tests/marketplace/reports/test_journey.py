"""From a report to an appeal that is upheld: everybody hears of it, and the log is whole."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Account, User
from accounts.notifications.kinds import shown
from accounts.notifications.models import Notice
from marketplace.ground.cases import Case, Source
from marketplace.ground.decisions import Action, Category
from marketplace.ground.errors import OwnCaseError
from marketplace.ground.log import LogEntry
from marketplace.listings.models import Listing
from marketplace.moderation.claiming import claim_case
from marketplace.moderation.deciding import decide_case
from marketplace.moderation.errors import SameJudgeError
from marketplace.moderation.undoing import undo_decision
from marketplace.moderation.wishes import Wish
from marketplace.reports.models import Appeal, Outcome, ReasonStatement, Report
from marketplace.reports.verification import verify_log
from tests.factories.marketplace import listing as make_listing
from tests.factories.reports import user
from tests.moderators import make_moderator

pytestmark = pytest.mark.django_db
NAME = "acme/tiny-embed"
REASON = "The card names another model than the files hold."
SPAM = Wish(Action.HIDE, Category.DECEPTIVE, "2.2", REASON)


def told(who: User) -> list[str]:
    return [each.title for each in shown(Notice.objects.filter(user=who).order_by("-pk"))]


def signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def test_a_report_leads_to_a_statement_an_appeal_and_a_log_that_is_whole() -> None:
    made = make_listing(NAME)
    owner, reporter = user("e"), user("b")
    Account.objects.filter(pk=made.owner_id).update(user=owner, is_reserved=False)
    first, second = make_moderator("0x" + "1" * 40), make_moderator("0x" + "2" * 40)
    reporting = make_moderator("0x" + "3" * 40)

    form = {"category": "deceptive", "text": "It is another model."}
    for who in (reporter, reporting):
        assert signed_in(who).post(f"/report/listing/{NAME}", form).status_code == 302
    case = Case.objects.get()
    assert (case.source, case.author, case.category) == (Source.REPORT, owner.address, "deceptive")
    with pytest.raises(OwnCaseError):  # nobody decides about what they have reported
        decide_case(moderator=reporting, pk=case.pk, wish=SPAM)

    claim_case(moderator=first, pk=case.pk)
    decision = decide_case(moderator=first, pk=case.pk, wish=SPAM)
    assert Listing.objects.get(name=NAME).suspension == decision
    assert told(reporter) == [f"Your report of “{NAME}” was upheld"]
    assert told(owner) == [f"Moderators have decided about {NAME}"]
    statement = ReasonStatement.objects.get()
    page = signed_in(owner).get(statement.get_absolute_url()).content.decode()
    assert REASON in page
    assert "2.2 Say what it is" in page
    assert reporter.address not in page.lower()

    path = f"{statement.get_absolute_url()}/appeal"
    assert signed_in(owner).post(path, {"text": "The card was corrected."}).status_code == 302
    appeal = Appeal.objects.get()
    back = Wish(Action.SHOW, reason="The card says now what the files hold.")
    for who, error in ((first, SameJudgeError), (reporting, OwnCaseError)):
        with pytest.raises(error):
            decide_case(moderator=who, pk=appeal.case.pk, wish=back)
    claim_case(moderator=second, pk=appeal.case.pk)
    answer = decide_case(moderator=second, pk=appeal.case.pk, wish=back)
    appeal.refresh_from_db()
    assert (appeal.outcome, appeal.decision) == (Outcome.UPHELD, answer)
    assert Listing.objects.get(name=NAME).suspension is None
    assert f"Your appeal about “{NAME}” was upheld" in told(owner)
    assert told(reporter)[0] == f"A decision after your report of “{NAME}” was overturned on appeal"
    assert set(Report.objects.values_list("outcome", flat=True)) == {Outcome.OVERTURNED}

    undo_decision(moderator=second, pk=answer.pk)
    appeal.refresh_from_db()
    assert appeal.outcome == Outcome.OPEN
    assert set(Report.objects.values_list("outcome", flat=True)) == {Outcome.UPHELD}
    found = verify_log()
    assert (found.faults, found.entries) == ([], 3)
    assert list(LogEntry.objects.order_by("number").values_list("action", flat=True)) == ["hide", "show", "hide"]
