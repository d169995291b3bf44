"""Beginning to sell: what to begin with, and the drafts that one has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member
from common.errors import DomainError
from common.htmx import render_page
from marketplace.listings.models import Listing
from marketplace.manifest.problems import ManifestError
from marketplace.manifest.reading import read_toml

from . import actions
from .finding import deleted_drafts, drafts_of
from .left import Left
from .tomls import draft_from, refusal

MOST_MANIFEST = 256 * 1024  # bytes of a citrate.toml
BLANK = {"model": {"version": "1.0.0"}}
MOST_DELETED = 50  # of the drafts that were deleted last


@member
def new_model(request: HttpRequest) -> HttpResponse:
    """What one can begin with: files, a running server, a citrate.toml, or a model of one's own. A POST begins."""
    user = user_of(request)
    context: dict[str, Any] = {"own": list(Listing.objects.filter(owner__user=user).order_by("name")[:50])}
    context["drafts"] = drafts_of(user).filter(published_at=None).count()
    if request.method != "POST":
        return render_page(request, "marketplace/publish/new_model.html", context)
    try:
        draft_id, step = _begin(request)
    except DomainError as error:
        problems = error.problems if isinstance(error, ManifestError) else []
        context |= {"refused": error, "problems": problems, "typed": request.POST.get("toml", "")}
        response = render_page(request, "marketplace/publish/new_model.html", context)
        response.status_code = error.status
        return response
    return HttpResponseRedirect(f"{reverse('draft-step', args=[draft_id, step])}")


def _begin(request: HttpRequest) -> tuple[UUID, str]:
    user, wanted = user_of(request), request.POST.get("as", "")
    if wanted == "manifest":
        made = draft_from(user=user, read=read_toml(toml_of(request)))
        return made.pk, "name"
    if wanted == "version":
        owner, _slash, name = request.POST.get("listing", "").partition("/")
        return actions.draft_of_listing(user=user, owner=owner, name=name).pk, "files"
    return actions.create_draft(user=user, manifest=BLANK).pk, "name"


def toml_of(request: HttpRequest) -> str:
    """Return the citrate.toml that was chosen or pasted. Raises ManifestError where it is no text, or too long."""
    sent = request.FILES.get("file")
    content = sent.read(MOST_MANIFEST + 1) if sent else request.POST.get("toml", "").encode()
    if len(content) > MOST_MANIFEST:
        raise refusal(_("A citrate.toml has at most 256 kB."))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(_("This file is no text in UTF-8.")) from None


@member
def model_drafts(request: HttpRequest) -> HttpResponse:
    """The drafts of the user, each with what is left."""
    here = Count("files", filter=Q(files__blob__isnull=False))
    drafts = [(draft, Left(draft, draft.here)) for draft in drafts_of(user_of(request)).annotate(here=here)]
    context = {"drafts": drafts, "deleted": _deleted(request)}
    return render_page(request, "marketplace/publish/drafts.html", context)


def _deleted(request: HttpRequest) -> UUID | None:
    """Return the draft that was deleted a moment ago, as long as it can be brought back."""
    asked = request.GET.get("deleted", "")
    return next((each.pk for each in deleted_drafts(user_of(request))[:MOST_DELETED] if str(each.pk) == asked), None)


@member
@require_POST
def restore_model_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Bring a draft back that was deleted."""
    actions.restore_draft(user=user_of(request), draft_id=key)
    return HttpResponseRedirect(reverse("model-draft", args=[key]))
