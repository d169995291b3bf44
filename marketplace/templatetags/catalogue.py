"""The field's words, for templates: ``{{ listing.task|task_label }}``."""

import re
from collections.abc import Collection
from functools import partial

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from common.money import format_units
from common.templatetags.look import SPACE, UNKNOWN
from contracts.currencies import COIN_DECIMALS, Currency, currency_of
from contracts.models import Chain, Verification
from contracts.names import COIN
from marketplace.ground.decisions import Category
from marketplace.listings.cards import Card, asks_of, starters_of
from marketplace.listings.figures import duration, languages_in_short, speed, writes
from marketplace.listings.languages import best_known_first
from marketplace.listings.lines import LONG_NAME, input_limit, line_of
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import language_name, licence_label, modality_label, task_in_short, task_label

BREAK = SafeString("<wbr>")
PIECES = re.compile(r"(?:[^/._]|\.(?=\d))*(?:[/_]|\.(?!\d))+|(?:[^/._]|\.(?=\d))+")  # a name between its breaks
SPARK_WIDTH, SPARK_HEIGHT = 64, 16  # CSS pixels
HEADLINE = 10  # characters of a number that a headline has room for
SPARK_DAYS = 3  # in one point: sales of single days are too few to show a course

register = template.Library()
register.filter("decision_category", lambda category: Category(category).label)
register.filter("task_label", task_label)
register.filter("licence_label", licence_label)
register.filter("modality_label", modality_label)
register.filter("languages", languages_in_short)
register.filter("writes", writes)
register.filter("speed", speed)
register.filter("starters", starters_of)
register.filter("asks", asks_of)
register.filter("task_in_short", task_in_short)
register.filter("line", line_of)
register.filter("line_beside", partial(line_of, beside=True))
register.filter("input_limit", input_limit)


@register.filter
def known_facts(listing: Listing) -> int:
    """How many of the eight facts of a card are recorded."""
    return Card(listing).known


@register.simple_tag
def reads(listing: Listing, asked: Collection[str] = ()) -> str:
    """Name the two best known of a listing's languages and count the rest; where it has none, its kinds of data.

    Of languages that were ``asked`` for, the best known comes first; one that all rows have is not said again.
    """
    if not listing.languages:
        return ", ".join(map(modality_label, listing.modalities))
    names = sorted(best_known_first(listing.languages), key=lambda code: code not in asked)
    if names[0] not in asked or len(names) == 2:
        rest = len(names) - 2
        return ", ".join(map(language_name, names[:2])) + (f"{SPACE}+{rest}" if rest > 0 else "")
    if len(names) > 2:
        return _("%(language)s and %(n)s more") % {"language": language_name(names[0]), "n": len(names) - 1}
    only = language_name(names[0])
    return _("%(language)s only") % {"language": only} if len(asked) == 1 else only


@register.filter
def breakable(name: str) -> SafeString:
    """Let a name break after a slash, a dot or an underscore, but never within a number such as 0.1: by itself a
    browser breaks after a hyphen only."""
    return format_html_join(BREAK, "{}", ((piece,) for piece in PIECES.findall(name)))


@register.filter
def length_of(name: str) -> str:
    """Return how much room a name takes in a row: "" for one line, else "two-lines" or "small"."""
    return "" if len(name) <= LONG_NAME else "two-lines" if len(name) <= 2 * LONG_NAME - 6 else "small"


@register.filter
def milliseconds(value: int | None) -> str:
    """Write 174 as "174 ms" and 1200 as "1.2 s"; nothing where nothing was measured."""
    return "" if value is None else duration(value)


@register.simple_tag
def spark(counts: list[int], label: str) -> SafeString:
    """Draw counts by day as a line of sums of three days that ends in a dot; nothing without counts."""
    sums = [sum(counts[place : place + SPARK_DAYS]) for place in range(0, len(counts), SPARK_DAYS)]
    if not any(sums):
        return SafeString("")
    most, step = max(sums), (SPARK_WIDTH - 4) / max(1, len(sums) - 1)
    points = [(2 + place * step, SPARK_HEIGHT - 2 - (SPARK_HEIGHT - 4) * n / most) for place, n in enumerate(sums)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return format_html(
        '<svg class="spark" width="{}" height="{}" role="img" aria-label="{}"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        str(SPARK_WIDTH),
        str(SPARK_HEIGHT),
        label,
        line,
        f"{points[-1][0]:.1f}",
        f"{points[-1][1]:.1f}",
    )


@register.simple_tag
def amount(wei: int | None, coin: str) -> SafeString:
    """Write an amount of a chain's coin with at most six significant digits; the exact one is on hover."""
    return _amount(wei, Currency(COIN, coin, COIN_DECIMALS))


@register.simple_tag
def money(units: int | None, chain: Chain, token: str) -> SafeString:
    """Write an amount of any currency of a chain, by its smallest units, in the same way."""
    return _amount(units, currency_of(chain, token))


@register.simple_tag
def summand(units: int, chain: Chain, token: str) -> SafeString:
    """Write an amount as ``money`` does, with all its digits: for what stands in a sum."""
    currency = currency_of(chain, token)
    return _written(units, currency, currency.number(units))


@register.inclusion_tag("marketplace/catalogue/_matches.html")
def matches(chain: Chain) -> dict[str, Verification | None]:
    """Say whether what is indexed of a chain is what its contracts say, and as of which block."""
    return {"found": chain.last_verification()}


@register.simple_tag
def plain(units: int, currency: Currency) -> str:
    """Write an amount exactly as an input takes it, without its symbol: 1234.5; nothing where it cannot be typed."""
    return "" if currency.decimals is None else currency.number(units).replace(",", "")


@register.simple_tag
def figure(units: int, currency: Currency) -> SafeString:
    """Write an amount for a column whose head says its unit, with all its digits: people add such columns up."""
    # The sign of arithmetic, as wide as a plus: a hyphen would break from its number at the end of a line.
    return format_html('<data value="{}">{}</data>', str(units), currency.number(units).replace("-", "−"))


@register.simple_tag
def glance(units: int, currency: Currency) -> SafeString:
    """Write an amount for a headline: all its digits where they fit, else four; the exact one is on hover."""
    whole = currency.number(units)
    return _written(units, currency, whole if len(whole) <= HEADLINE else currency.glance(units))


@register.filter
def in_figures(units: int, currency: Currency) -> str:
    """Write an amount as plain text, without its unit: for a scale that says it once."""
    return currency.brief(units)


@register.filter
def in_full(units: int, currency: Currency) -> str:
    """Write an amount and its unit as plain text, with all its digits."""
    return currency.whole_text(units)


@register.filter
def in_short(units: int, currency: Currency) -> str:
    """Write an amount and its unit as plain text, with at most six significant digits."""
    return f"{currency.brief(units)} {currency.unit}"


@register.filter
def bps(parts: int | str) -> str:
    """Write parts in 1/10,000 as per cent: 250 → "2.5". What is empty stays so."""
    return format_units(int(parts), 2).replace(",", "") if parts != "" else ""


def _amount(units: int | None, currency: Currency) -> SafeString:
    if units is None:
        return format_html('<span class="muted">{}</span>', UNKNOWN)
    return _written(units, currency, currency.brief(units))


def _written(units: int, currency: Currency, number: str) -> SafeString:
    return format_html(
        '<data value="{}" title="{}">{} <span class="unit">{}</span></data>',
        str(units),
        currency.text(units),
        number,
        currency.unit,
    )
