"""The rules of this site, by number: what is not allowed, in plain words. A decision names the rule that it rests on.

A number is never given to another rule: decisions, and the log of them, name it for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .decisions import Category

VERSION = 1
SINCE = date(2026, 11, 29)


@dataclass(frozen=True)
class Rule:
    """One rule. ``number`` is what decisions cite, such as “2.3”."""

    number: str
    title: str | Promise
    text: str | Promise

    @property
    def anchor(self) -> str:
        """Where on the page of rules it stands."""
        return f"rule-{self.number}"

    @property
    def path(self) -> str:
        """Its address on this site."""
        return f"{reverse('rules')}#{self.anchor}"

    @property
    def label(self) -> str:
        """Number and title, for lists that one chooses from."""
        return f"{self.number} {self.title}"


@dataclass(frozen=True)
class Chapter:
    """Rules about one thing."""

    number: int
    title: str | Promise
    rules: Sequence[Rule]


CHAPTERS = (
    Chapter(
        1,
        _("Safe and lawful"),
        (
            Rule(
                "1.1",
                _("Nothing that harms the machine or the wallet of whoever uses it"),
                _(
                    "No malware, no hidden downloads, no code that takes keys, passwords or data, and no page or text "
                    "that asks people for them."
                ),
            ),
            Rule(
                "1.2",
                _("Nothing unlawful"),
                _(
                    "Nothing that the law forbids to offer or to say: above all nothing that sexualises children, "
                    "supports terrorism, threatens people or incites hatred against them."
                ),
            ),
            Rule(
                "1.3",
                _("Only what you may pass on"),
                _(
                    "Publish what is yours, or what its licence lets you publish, and keep to that licence: name whom "
                    "it asks you to name, and sell nothing that it says must not be sold."
                ),
            ),
        ),
    ),
    Chapter(
        2,
        _("Honest offers"),
        (
            Rule(
                "2.1",
                _("Say who you are"),
                _("Do not pretend to be another person, project or company, by name, picture or words."),
            ),
            Rule(
                "2.2",
                _("Say what it is"),
                _(
                    "What a listing says of a model must be true: what it can do, what it was made from, how it was "
                    "measured, and what it costs."
                ),
            ),
            Rule(
                "2.3",
                _("What is sold has to work"),
                _("Who pays gets what the listing says. A model that does not run is repaired, paused or taken out."),
            ),
        ),
    ),
    Chapter(
        3,
        _("Reviews"),
        (
            Rule(
                "3.1",
                _("A review is about using the model"),
                _("Write what you saw yourself. A review that is about something else is taken out."),
            ),
            Rule(
                "3.2",
                _("Nobody buys, trades or forces a rating"),
                _(
                    "Do not review what is yours or what you are paid for, do not reward or punish people for their "
                    "rating, and do not rate with several wallets."
                ),
            ),
        ),
    ),
    Chapter(
        4,
        _("People"),
        (
            Rule(
                "4.1",
                _("Argue about the matter"),
                _("No insults, no threats, no pursuing people from page to page."),
            ),
            Rule(
                "4.2",
                _("Leave private things private"),
                _("Do not publish who is behind a wallet, nor anybody’s address, mail or papers."),
            ),
            Rule(
                "4.3",
                _("No spam"),
                _(
                    "No advertising for something else, no text that is posted over and over, no listings that only "
                    "fill the search."
                ),
            ),
        ),
    ),
    Chapter(
        5,
        _("Using the site"),
        (
            Rule(
                "5.1",
                _("Do not misuse reports and appeals"),
                _("Report what you believe to be against a rule, and nothing because you dislike who made it."),
            ),
            Rule(
                "5.2",
                _("Do not get around a decision"),
                _("What was taken out does not come back under another name, and who is paused waits."),
            ),
            Rule(
                "5.3",
                _("Do not harm the site"),
                _("Do not overload it, break into it, or use it to harm others in a way that no other rule names."),
            ),
        ),
    ),
)
RULES = {rule.number: rule for chapter in CHAPTERS for rule in chapter.rules}
# The rule that a category breaks, until a moderator names another.
OF_CATEGORY = {
    Category.MALWARE: "1.1",
    Category.UNLAWFUL: "1.2",
    Category.LICENCE: "1.3",
    Category.DECEPTIVE: "2.2",
    Category.BROKEN: "2.3",
    Category.SPAM: "4.3",
    Category.OTHER: "5.3",
}


def find_rule(number: str) -> Rule | None:
    """Return the rule of a number; None where there is none."""
    return RULES.get(number)


def rule_of(category: str) -> Rule | None:
    """Return the rule that a category breaks by default; None without one."""
    return RULES.get(OF_CATEGORY.get(Category(category), "")) if category in Category.values else None


def choices() -> list[tuple[str, str]]:
    """Return every rule, to choose one from."""
    return [(rule.number, rule.label) for rule in RULES.values()]
