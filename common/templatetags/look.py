"""Tags and filters that every template has: the slice, icons and figures in the house's form.

The filters return plain text, so they are safe in an attribute as well; ``{% exact %}`` adds the exact value on hover.
"""

from collections.abc import Hashable
from decimal import Decimal
from functools import lru_cache
from math import asin, cos, pi, sin

import lucide
from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from common.fragments import fragments
from common.kept import HOLES, MARK

register = template.Library()

Figure = int | float | str | Decimal | None

SPACE = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"
MEBIBYTE = 1_048_576
ROUNDS_UP = Decimal("0.99995")
PHONE_LINE = 22  # characters of a title that a phone's line holds
OUTER, INNER, GAP = 15.0, 4.6, 1.9  # of a slice in its 32-unit box; the gap leaves room for the rounding stroke


@lru_cache(maxsize=256)
def _segment(index: int, total: int) -> str:
    """Return the path of one segment, clockwise from noon; neighbours leave a gap of even width."""
    if total == 1:
        return "M16 1a15 15 0 1 1 0 30 15 15 0 0 1 0-30Z"
    start, end = (2 * pi * step / total - pi / 2 for step in (index, index + 1))

    def point(radius: float, angle: float) -> str:
        return f"{round(16 + radius * cos(angle), 2):g} {round(16 + radius * sin(angle), 2):g}"

    outer, inner = asin(GAP / 2 / OUTER), asin(GAP / 2 / INNER)
    inner = min(inner, (end - start) / 2)
    large = int(end - start - 2 * outer > pi)
    return (
        f"M{point(INNER, start + inner)}L{point(OUTER, start + outer)}"
        f"A{OUTER:g} {OUTER:g} 0 {large} 1 {point(OUTER, end - outer)}L{point(INNER, end - inner)}"
        f"A{INNER:g} {INNER:g} 0 0 0 {point(INNER, start + inner)}Z"
    )


@lru_cache(maxsize=512)
def _segments(filled: int, half: int, total: int) -> SafeString:
    """Return up to three paths: filled segments, half-tone ones, empty ones."""
    bounds = (("on", 0, filled), ("half", filled, filled + half), ("off", filled + half, total))
    parts = [(name, "".join(_segment(i, total) for i in range(low, high))) for name, low, high in bounds if high > low]
    return format_html_join("", '<path class="{}" d="{}"/>', parts)


@register.simple_tag(name="slice")
def slice_tag(
    filled: int, total: int, *, label: str = "", size: int = 32, quiet: bool = False, half: int = 0
) -> SafeString:
    """Draw ``filled`` of ``total`` segments, then ``half`` ones in half tone; ``size`` is in CSS pixels.

    Its text alternative is ``label``, or "3 of 8" without one. ``label="-"`` hides it from screen readers, for a
    slice whose number stands in words beside it.
    """
    total = max(1, int(total))
    filled = min(max(0, int(filled)), total)
    half = min(max(0, int(half)), total - filled)
    text = label or _("%(filled)s of %(total)s") % {"filled": filled, "total": total}
    voice = mark_safe('aria-hidden="true"') if label == "-" else format_html('role="img" aria-label="{}"', text)
    return format_html(
        '<svg class="{}" viewBox="0 0 32 32" width="{}" height="{}" {}>{}</svg>',
        "slice quiet" if quiet else "slice",
        str(size),
        str(size),
        voice,
        _segments(filled, half, total),
    )


@lru_cache(maxsize=128)
def _icon(name: str) -> SafeString:
    drawing = lucide._render_icon(name, None)
    # Not escaped: the drawing comes from a package of ours, never from a person.
    return SafeString(drawing[drawing.index(">") + 1 : drawing.rindex("</svg>")].strip())


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a Lucide icon in the size and colour of the text; hidden from screen readers unless labelled."""
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        'stroke-linecap="round" stroke-linejoin="round" {}>{}</svg>',
        voice,
        _icon(name),
    )


@register.filter
def at_most(count: int, limit: int) -> str:
    """Write a count that was made up to ``limit``: one above it stands for more, and is 10,000+."""
    return f"{intcomma(min(count, limit))}{'+' if count > limit else ''}"


@register.simple_tag
def kept(template: str, *key: Hashable, **shown: object) -> SafeString:
    """Include a template that sees ``shown`` alone, or what it gave before for the same ``key`` (common.fragments)."""
    return fragments.render(template, key, shown)


class HoleNode(template.Node):
    """What is rendered for each request, where a page is kept (common.kept)."""

    def __init__(self, inside: template.NodeList) -> None:
        self.inside = inside

    def render(self, context: template.Context) -> SafeString:
        # Not being kept, as in a fragment: then it is an ordinary part of the page.
        if (holes := context.get(HOLES)) is None:
            return self.inside.render(context)
        holes.append(self.inside)
        return SafeString(MARK)


@register.tag
def hole(parser: template.base.Parser, token: template.base.Token) -> HoleNode:
    """Set apart what is somebody's own, up to ``{% endhole %}``: it sees the request, and what a view calls ``own``."""
    inside = parser.parse(("endhole",))
    parser.delete_first_token()
    return HoleNode(inside)


def _decimal(value: Figure) -> Decimal | None:
    return None if value is None or value == "" else Decimal(str(value))


def _scaled(value: Decimal, units: list[tuple[int, str]]) -> str:
    """Write a number in the largest unit it reaches: two decimals below ten, else one, without trailing zeros."""
    # 999.95 of a unit would be written "1000": it is one of the next
    factor, unit = next(((size, unit) for size, unit in units if value >= size * ROUNDS_UP), units[-1])
    number = value / factor
    number = round(number, 2 if number < 10 else 1).normalize()
    return f"{number:f}{SPACE}{unit}".rstrip(SPACE)


@register.filter
def compact(value: Figure) -> str:
    """134515008 → "134.5 M"; thousands k, millions M, billions B, trillions T. Unknown is a dash."""
    number = _decimal(value)
    if number is None:
        return UNKNOWN
    return _scaled(number, [(10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"), (1, "")])


@register.filter
def mib(value: Figure) -> str:
    """Mebibytes to decimal units, as shops and disks count them: 1281 (MiB) → "1.34 GB". Unknown is a dash."""
    number = _decimal(value)
    if number is None:
        return UNKNOWN
    return _scaled(number * MEBIBYTE, [(10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"), (1, "B")])


@register.filter
def usd(value: Figure) -> str:
    """US dollars, at most six significant digits, at least cents: 0.008 → "$0.008", 2.5 → "$2.50", 0 → "free"."""
    number = _decimal(value)
    if number is None:
        return UNKNOWN
    if not number:
        return _("free")
    number = Decimal(f"{number:.6g}")
    places = max(2, -int(number.normalize().as_tuple().exponent))
    return f"${number:,.{places}f}"


@register.filter
def hash_short(value: str | None) -> str:
    """Shorten an address or hash for reading: "0x1234…cdef". Show the whole one on focus or copy."""
    text = value or ""
    return text if len(text) <= 13 else f"{text[:6]}…{text[-4:]}"


@register.filter
def unbroken(text: str) -> SafeString:
    """Keep what a title names on one line, where a phone's line has room: shortened addresses and names with a hyphen.

    No break after an ellipsis is U+2060, word joiner; after a hyphen it takes a rule, so that the name copies as it is.
    """
    return whole_names(text.replace("…\u2060", "…").replace("…", "…\u2060"))


@register.filter
def whole_names(text: str) -> SafeString:
    """Keep names with a hyphen on one line, and add no character: for a text that has to read as it is."""
    return format_html_join(" ", "{}", ((_whole(word),) for word in text.split(" ")))


def _whole(word: str) -> SafeString:
    keeps = "-" in word and len(word) <= PHONE_LINE
    return format_html('<span class="one-line">{}</span>' if keeps else "{}", word)


@register.filter
def inline_code(text: str) -> SafeString:
    """Set what stands between backticks as code: "ends at `next`" → "ends at <code>next</code>"."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}", ((format_html("<code>{}</code>", part) if i % 2 else part,) for i, part in parts))


FORMS = {"compact": compact, "mib": mib, "usd": usd}


@register.simple_tag
def exact(value: Figure, form: str = "compact") -> SafeString:
    """Write a figure in its short form and keep the exact one: on hover, and as machine-readable ``<data value>``."""
    number = _decimal(value)
    if number is None:
        return format_html('<span class="muted">{}</span>', UNKNOWN)
    titles = {"mib": "{} MiB", "usd": "{} USD"}
    title = titles.get(form, "{}").format(number_format(number.normalize(), use_l10n=True, force_grouping=True))
    return format_html('<data value="{}" title="{}">{}</data>', f"{number:f}", title, FORMS[form](number))
