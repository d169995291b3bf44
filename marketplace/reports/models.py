"""What people report, what owners are told of decisions, and their appeals. All of it by natural keys."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.limits import mailbox
from contracts.models import address_field
from marketplace.ground.cases import Case
from marketplace.ground.decisions import Category, Content, ModerationDecision
from marketplace.ground.rules import Rule, find_rule

MOST_TEXT = 3_000  # characters of a report, a notice or an appeal
MOST_NAME = 120
MOST_LOCATIONS = 2_000
TO_APPEAL = timedelta(days=180)


class Outcome(models.TextChoices):
    """What became of a report or an appeal."""

    OPEN = "", _("Waits for a moderator")
    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Not upheld")
    OVERTURNED = "overturned", _("Upheld, and overturned on appeal")


class ReportQuerySet(models.QuerySet["Report"]):
    """Reads of reports."""

    def counted(self) -> ReportQuerySet:
        """Keep those that a moderator sees: of members, and of mail addresses that were confirmed."""
        return self.exclude(case=None)

    def of(self, case: Case) -> ReportQuerySet:
        """Keep those of a case, the newest first."""
        return self.behind(case).order_by("-pk")

    def behind(self, case: Case) -> ReportQuerySet:
        """Keep those that brought a case up; of an appeal, those that brought up what is appealed."""
        return self.filter(decision=case.appealed_id) if case.appealed_id else self.filter(case=case)

    def by(self, address: str) -> ReportQuerySet:
        """Keep those of a member."""
        return self.filter(reporter=address.lower())

    def by_mail(self, mail: str) -> ReportQuerySet:
        """Keep those of a mail address, whatever stands behind a “+” in it: all of it is one mailbox."""
        name, _, host = mailbox(mail).rpartition("@")
        tagged = Q(mail__startswith=f"{name}+", mail__endswith=f"@{host}")
        return self.filter(Q(mail=f"{name}@{host}") | tagged)

    def reporters_of(self, case: Case) -> set[str]:
        """Return the addresses of the members who brought a case up."""
        return set(self.behind(case).exclude(reporter="").values_list("reporter", flat=True))

    def is_by(self, address: str, content: str, key: str) -> bool:
        """Say whether a member has reported a content, at any time."""
        return self.by(address).filter(content=content, key=key).exists()


class Report(models.Model):
    """One person's report of one content, or a notice of something unlawful (DSA, article 16).

    ``reporter`` is a member's address, or "" where ``mail`` stands for the person; a notice of the gravest offences
    needs neither. A report counts from the moment that it has a ``case``. ``weight`` is in hundredths, as it was then.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    content = models.CharField(max_length=16, choices=Content)
    key = models.CharField(max_length=193)
    title = models.CharField(max_length=200, blank=True)
    category = models.CharField(max_length=16, choices=Category)
    text = models.TextField(max_length=MOST_TEXT)
    evidence = models.CharField(max_length=500, blank=True)
    reporter = address_field(blank=True)
    mail = models.EmailField(max_length=254, blank=True)
    is_notice = models.BooleanField(default=False)
    name = models.CharField(max_length=MOST_NAME, blank=True)
    locations = models.TextField(max_length=MOST_LOCATIONS, blank=True)
    weight = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="reports")
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default=Outcome.OPEN)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["content", "key", "reporter"],
                condition=Q(outcome="") & ~Q(reporter=""),
                name="report_once_a_member",
            ),
            models.UniqueConstraint(
                fields=["content", "key", "mail"],
                condition=Q(outcome="", case__isnull=False) & ~Q(mail=""),
                name="report_once_a_mail",
            ),
        ]
        indexes = [
            models.Index(fields=["reporter", "-id"], name="report_of_member", condition=~Q(reporter="")),
            models.Index(fields=["mail", "-id"], name="report_of_mail", condition=~Q(mail="")),
            models.Index(fields=["made_at"], name="report_unconfirmed", condition=Q(case=None)),
        ]

    def __str__(self) -> str:
        return f"report of {self.content} {self.key}"


class StatementQuerySet(models.QuerySet["ReasonStatement"]):
    """Reads of statements of reasons."""

    def to(self, address: str) -> StatementQuerySet:
        """Keep those that an address was given, the newest first."""
        return self.filter(recipient=address.lower()).order_by("-pk")

    def with_decision(self) -> StatementQuerySet:
        """Read the decision, the appeal and the number in the log with each."""
        return self.select_related("decision", "appeal").annotate(number=F("decision__entry__number"))


class ReasonStatement(models.Model):
    """Why something of somebody's was restricted (DSA, article 17). ``recipient`` is an address."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    decision = models.OneToOneField(ModerationDecision, on_delete=models.PROTECT, related_name="statement")
    recipient = address_field()
    title = models.CharField(max_length=200)
    path = models.CharField(max_length=300, blank=True)
    rule = models.CharField(max_length=16)
    is_unlawful = models.BooleanField(default=False)
    facts = models.TextField(blank=True)
    was_reported = models.BooleanField(default=False)
    automated = models.BooleanField(default=False)
    until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["recipient", "-id"], name="statement_of_person")]

    def __str__(self) -> str:
        return f"statement about {self.title}"

    def get_absolute_url(self) -> str:
        """Return its page."""
        return reverse("reason-statement", args=[self.public_id])

    @property
    def appeal_until(self) -> datetime:
        """Until when its recipient may appeal."""
        return self.made_at + TO_APPEAL

    @property
    def broken_rule(self) -> Rule | None:
        """The rule that it rests on."""
        return find_rule(self.rule)


class Appeal(models.Model):
    """What the recipient of a statement says against it: once, ever."""

    statement = models.OneToOneField(ReasonStatement, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(max_length=MOST_TEXT)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="appeal")
    made_at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=16, choices=Outcome, blank=True, default=Outcome.OPEN)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"appeal against {self.statement_id}"
