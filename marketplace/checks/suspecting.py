"""What looks like malware is shown to moderators, whoever has uploaded it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from marketplace.formats.errors import PICKLE
from marketplace.ground.cases import Case, Priority, Source, open_case
from marketplace.ground.decisions import Category, Content

from .models import Check, Inspection

VERSION = "version:"


def suspect(check: Check, inspection: Inspection) -> None:
    """Open a case about who brings a file in which signs of malware were found; once while it is open."""
    refused = check.found.get("refused") or {}
    signs = refused.get("hostile") or []
    if not signs:
        return
    path = next((path for path, sha256 in inspection.paths.items() if check.subject.endswith(sha256)), "")
    is_listed = inspection.subject.startswith(VERSION)
    if not is_listed and not inspection.author:
        return
    content = Content.VERSION if is_listed else Content.ACCOUNT
    key = inspection.subject.removeprefix(VERSION) if is_listed else inspection.author
    sha256 = check.subject.partition(":")[2]
    # A case that was decided is not opened again by every change of the draft.
    if Case.objects.filter(content=content, key=key, facts__sha256=sha256).exists():
        return
    summary = _("Scan: %(path)s holds %(signs)s") % {"path": path, "signs": ", ".join(signs[:3])}
    open_case(
        content=content,
        key=key,
        source=Source.SCAN,
        # A pickle that calls the system was made to; a program may have slipped into the folder.
        priority=Priority.HIGH if refused.get("code") == PICKLE else Priority.MEDIUM,
        summary=summary,
        facts={"signs": signs, "path": path, "sha256": sha256, "subject": inspection.subject},
        category=Category.MALWARE,
    )
