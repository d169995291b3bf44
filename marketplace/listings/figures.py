"""The figures on top of a model's page: how well it runs here, else what is recorded of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.templatetags.look import SPACE, UNKNOWN, compact, mib

from .cards import FULL_PRECISION, Card
from .models import Listing
from .runtime import ENOUGH, ListingRuntime
from .taxonomy import WRITING, language_name

MOST = 5  # figures of a page; a phone shows the first three
SECOND = 1_000  # milliseconds


@dataclass(frozen=True)
class Figure:
    """A figure in its short form; ``exact`` is what stands on hover."""

    label: str
    value: str
    exact: str = ""


def duration(milliseconds: int | None) -> str:
    """Write a time in the same way everywhere: 9 → "9 ms", 626 → "626 ms", 12345 → "12.3 s"."""
    if milliseconds is None:
        return UNKNOWN
    if milliseconds < SECOND:
        return f"{milliseconds}{SPACE}ms"
    # Rounded first: number_format cuts.
    return f"{number_format(round(milliseconds / SECOND, 1), 1)}{SPACE}s"


def speed(tokens: float | None) -> str:
    """Write tokens a second in the same way everywhere: 8.46 → "8.5", 12.6 → "13", 1234 → "1.23 k"; empty for none."""
    return "" if tokens is None else compact(round(tokens, 1 if tokens < 10 else 0))


def share(part: float | None) -> str:
    """Write a share as per cent; less than all is never rounded up to all."""
    if part is None:
        return UNKNOWN
    percent = int(part * 1_000) / 10
    return f"{number_format(percent, 0 if percent.is_integer() else 1)}{SPACE}%"


def writes(listing: Listing) -> bool:
    """Whether it answers word by word, in a conversation."""
    return listing.task in WRITING


def figures_of(listing: Listing) -> list[Figure]:
    """Return at most five figures, the weightiest first. Makes no query where ``runtime`` was read along."""
    runtime: ListingRuntime | None = getattr(listing, "runtime", None)
    measured = _measured(listing, runtime) if runtime else []
    return [*measured, *_recorded(listing)][:MOST]


def _measured(listing: Listing, runtime: ListingRuntime) -> list[Figure]:
    first, exact = runtime.first_token_p50_ms, _exact(runtime)
    answered = _answered(runtime)
    if not writes(listing):
        slowest = [Figure(_("Slowest answers"), duration(runtime.slow_ms), exact)] if runtime.slow_ms else []
        return [Figure(_("Answer"), duration(first), exact), *slowest, answered]
    rate = speed(runtime.tokens_per_second)
    written = f"{rate}{SPACE}{_('tok/s')}" if rate else UNKNOWN
    return [
        Figure(_("First token"), duration(first), exact),
        Figure(_("Speed"), written, _("tokens a second")),
        answered,
    ]


def _exact(runtime: ListingRuntime) -> str:
    if runtime.first_token_p50_ms is None:
        return ""
    said = _("median %(p50)s ms") % {"p50": intcomma(runtime.first_token_p50_ms)}
    if runtime.slow_ms is not None:
        said = _("%(p50)s, p95 %(p95)s ms") % {"p50": said, "p95": intcomma(runtime.slow_ms)}
    return said


def _answered(runtime: ListingRuntime) -> Figure:
    """Return the share of our checks that were answered; their number while they are too few for one."""
    if 0 < runtime.asked < ENOUGH:
        words = {"answered": runtime.answered, "asked": runtime.asked}
        value = ngettext("%(answered)s of %(asked)s check", "%(answered)s of %(asked)s checks", runtime.asked)
        exact = _("Answered %(answered)s of our last %(asked)s checks") % words if runtime.asked > 1 else ""
        return Figure(_("Answered"), value % words, exact)
    return Figure(_("Uptime"), share(runtime.uptime), _("the share of our checks of the last day that it answered"))


def measured_in_words(listing: Listing) -> str:
    """Say of how many answers the times are, and since when; empty where nothing was measured."""
    runtime: ListingRuntime | None = getattr(listing, "runtime", None)
    if runtime is None or not runtime.measured or runtime.measured_since is None:
        return ""
    words = {"n": intcomma(runtime.measured), "since": date_format(runtime.measured_since, "j M, H:i")}
    return (
        ngettext(
            "Measured once, at %(since)s UTC.",
            "Median of %(n)s answers since %(since)s UTC.",
            runtime.measured,
        )
        % words
    )


def _recorded(listing: Listing) -> Iterator[Figure]:
    """Yield what is known of the model itself."""
    if listing.parameters:
        yield Figure(_("Parameters"), compact(listing.parameters), intcomma(listing.parameters))
    if listing.max_tokens:
        yield Figure(_("Context"), intcomma(listing.max_tokens), _("tokens"))
    if isinstance(size := listing.facts.get("input_size"), int):
        yield Figure(_("Pictures"), _("%(size)s px") % {"size": size})
    if listing.embedding_dim and not writes(listing):
        yield Figure(_("Dimensions"), intcomma(listing.embedding_dim))
    if listing.memory_mb:
        yield _memory(listing, listing.memory_mb)
    if listing.released:
        yield Figure(_("Released"), date_format(listing.released, "M Y"), date_format(listing.released, "j M Y"))


def _memory(listing: Listing, size: int) -> Figure:
    """Return what its weights take as most people load them, where the recorded precision tells it."""
    if Card(listing).precision != FULL_PRECISION:
        return Figure(_("Memory"), mib(size))
    return Figure(_("Memory, 16 bits"), mib(size / 2), _("%(size)s at 32 bits") % {"size": mib(size)})


def languages_in_short(listing: Listing) -> str:
    """Return the one language that it works in, or how many; empty where nobody knows."""
    if len(listing.languages) > 1:
        return _("%(n)s languages") % {"n": len(listing.languages)}
    return language_name(listing.languages[0]) if listing.languages else ""
