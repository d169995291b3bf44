"""What buyers and sellers read about what answers: the checks ``probe`` and ``samples`` of a draft or a version."""

from __future__ import annotations

from django.utils.translation import gettext as _

from marketplace.checks.models import Check, CheckState
from marketplace.checks.recording import write

from .choosing import offered_version
from .models import Kind, Upstream, UpstreamState
from .probe_words import sentence_of, summary_of

PROBE, SAMPLES = "probe", "samples"


def subject_of(upstream: Upstream) -> str:
    """Return what the checks of an upstream are of."""
    if upstream.draft:
        return f"draft:{upstream.draft}"
    return f"version:{upstream.listing}@{upstream.version or offered_version(upstream.listing)}"


def beside(upstream: Upstream) -> list[Upstream]:
    """Return all sellers' servers of the same draft or version."""
    of = {"draft": upstream.draft, "listing": upstream.listing, "version": upstream.version}
    return list(Upstream.objects.filter(kind=Kind.URL, **of).order_by("place", "pk"))


def write_checks(upstream: Upstream) -> None:
    """Write the check ``probe`` of what an upstream belongs to."""
    found = beside(upstream)
    subject = subject_of(upstream)
    on = [each for each in found if each.state != UpstreamState.OFF]
    healthy = [each for each in on if each.state == UpstreamState.HEALTHY]
    if not on:
        Check.objects.of(subject).filter(name__in=[PROBE, SAMPLES]).delete()
        return
    told = {"answering": len(healthy), "of": len(on)}
    if healthy:
        state = CheckState.PASSED if len(healthy) == len(on) else CheckState.WARNED
        first = summary_of(healthy[0])
        says = first if len(on) == 1 else _("%(answering)s of %(of)s servers answer. ") % told + first
        write(subject, PROBE, state, says, found=told)
    elif any(each.state == UpstreamState.PROBING for each in on):
        write(subject, PROBE, CheckState.RUNNING, _("The server is being asked."), found=told)
    else:
        write(subject, PROBE, CheckState.FAILED, sentence_of(on[0].says), found=told)
