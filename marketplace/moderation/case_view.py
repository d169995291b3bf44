"""A case as its page shows it to one moderator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from accounts.moderators import moderators
from marketplace.ground.cases import CLAIMED_FOR, Case
from marketplace.ground.contents import Subject
from marketplace.ground.decisions import TO_UNDO, Action, ModerationDecision
from marketplace.ground.rules import Rule, find_rule

from .errors import CaseNotFoundError
from .parties import judges_of
from .queue import with_counts
from .suspending import awaits_chain
from .undoing import may_undo

COUNTS = ("open", "mine", "waiting")


def found_case(pk: int, address: str = "") -> Case:
    """Return a case; with an address also how many there are for it. One query. Raises CaseNotFoundError."""
    cases = Case.objects.select_related("pending__meanwhile", "appealed", "appeal").filter(pk=pk)
    case = (with_counts(cases, address) if address else cases).first()
    if case is None:
        raise CaseNotFoundError
    return case


@dataclass(frozen=True)
class CaseView:
    """A case, what it is about as that stands now (None where it is gone), and who looks at it."""

    case: Case
    subject: Subject | None
    address: str

    @property
    def counts(self) -> dict[str, int]:
        """How many cases are open, the moderator's own, and waiting."""
        return {name: int(getattr(self.case, f"count_{name}", 0)) for name in COUNTS}

    @property
    def title(self) -> str:
        """What the case is about."""
        return self.subject.title if self.subject else self.case.title or self.case.key

    @property
    def is_mine(self) -> bool:
        """Whether the moderator holds it."""
        return self.case.holder == self.address

    @property
    def is_taken(self) -> bool:
        """Whether another one does."""
        return self.case.holder not in ("", self.address)

    @property
    def held_until(self) -> datetime | None:
        """Until when it is held."""
        return self.case.claimed_at + CLAIMED_FOR if self.case.holder and self.case.claimed_at else None

    @property
    def is_own(self) -> bool:
        """Whether it plainly is the moderator's own case; the action looks closer."""
        subject = self.subject
        return subject is not None and self.address in {*subject.parties, subject.author}

    @property
    def is_judge(self) -> bool:
        """Whether it appeals against a decision that the moderator took part in."""
        return self.address in judges_of(self.case, self.subject)

    @cached_property
    def is_nobodys(self) -> bool:
        """Whether every moderator there is took part in what the case appeals against. One query for an appeal."""
        judges = judges_of(self.case, self.subject)
        return bool(judges) and not moderators().exclude(account__in=judges).exists()

    @property
    def asked_by_me(self) -> bool:
        """Whether it waits for somebody else's answer to the moderator."""
        return self.case.pending is not None and self.case.pending.asked_by == self.address

    @property
    def may_decide(self) -> bool:
        """Whether the form is shown: nobody else holds it, it is open, and nothing waits."""
        is_open = self.case.closed_at is None and self.case.pending is None
        return is_open and not (self.is_taken or self.is_own or self.is_judge)

    @property
    def initial(self) -> dict[str, Any]:
        """What the form begins with."""
        return {"category": self.case.category, "days": 30, "meanwhile": True}

    @property
    def rule(self) -> Rule | None:
        """The rule of what is waited for."""
        return find_rule(self.case.pending.rule) if self.case.pending else None

    @cached_property
    def decision(self) -> ModerationDecision | None:
        """The last decision made in a closed case, or in one that is open again. One query, or none."""
        subject = self.subject
        is_suspended = subject is not None and subject.facts.get("suspended_until")
        if self.case.closed_at is None and not is_suspended:
            return None
        made = ModerationDecision.objects.filter(case=self.case).select_related("undoes", "entry")
        return made.order_by("-pk").first()

    @property
    def may_undo(self) -> bool:
        """Whether the moderator can still take it back."""
        return self.decision is not None and may_undo(self.decision, self.address)

    @property
    def undo_until(self) -> datetime | None:
        """Until when."""
        return self.decision.made_at + TO_UNDO if self.decision else None

    @property
    def concerns_chain(self) -> bool:
        """Whether the last decision has something to do on a chain, done or not."""
        is_sold = self.subject is not None and self.subject.facts.get("is_sold")
        return bool(is_sold) and self.decision is not None and self.decision.action in (Action.SUSPEND, Action.SHOW)

    @property
    def awaits_chain(self) -> bool:
        """Whether the last decision is still to be sent to the chain."""
        return self.decision is not None and self.subject is not None and awaits_chain(self.decision, self.subject)

    @staticmethod
    def action_of(name: str) -> Action:
        """Return an action by its name."""
        return Action(name)
