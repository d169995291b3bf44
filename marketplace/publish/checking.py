"""What a draft asks of the checks: to look at it, what they found, and what keeps it from being listed."""

from __future__ import annotations

from typing import Any

from marketplace.checks import actions as checks
from marketplace.checks import finding
from marketplace.checks.finding import Records
from marketplace.checks.names import version_subject

from .models import Draft


def have_checked(draft: Draft) -> None:
    """Have the draft checked as it is now; nothing is done twice. Inside the transaction that changed it."""
    files = [(each.path, each.blob) for each in draft.files.exclude(blob=None).select_related("blob") if each.blob]
    checks.start_checks(subject=draft.subject, files=files, manifest=_manifest(draft), author=draft.user.address)


def ask_others_again(draft: Draft) -> None:
    """Have asked again, at once, what others may have changed since the draft was checked."""
    checks.judge_others_again(subject=draft.subject)


def records_of(draft: Draft) -> Records:
    """Return what was kept about a draft that was read with what stands around it. One query."""
    return finding.records_of(draft.subject, draft.inspected)


def keep_checks(draft: Draft, name: str, number: str) -> None:
    """Let the version that a draft became have its results."""
    checks.keep_checks(draft=draft.subject, version=version_subject(name, number))


def forget_checks(draft: Draft) -> None:
    """Forget what was found about a draft that goes for good."""
    checks.forget_checks(subject=draft.subject)


def _manifest(draft: Draft) -> dict[str, Any]:
    # Prices and splits say nothing that a check reads, and each of their letters would have it run again.
    return {part: value for part, value in draft.manifest.items() if part in ("model", "card", "adapted_from", "terms")}
