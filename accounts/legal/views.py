"""The terms and the privacy notice, in every version, and the page that asks for them once more."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.visitors import user_of
from common.access import member, public
from common.redirects import path_on_this_site

from .documents import Edition, current, edition_of, editions
from .middleware import before_terms
from .models import Acceptance, Document
from .reading import changes, text_of


@public(cache_seconds=300)
@require_GET
def document(request: HttpRequest, name: str, version: int = 0, digest: str = "") -> HttpResponse:
    """Show a document: as it stands, or a version of it. With a digest, the text that has it or nothing."""
    edition = _found(name, version)
    if digest not in ("", edition.digest):
        raise Http404
    return _page(request, edition, text=text_of(edition))


@public(cache_seconds=300)
@require_GET
def document_changes(request: HttpRequest, name: str, version: int) -> HttpResponse:
    """Show what a version changed in the one before."""
    edition = _found(name, version)
    before = edition_of(edition.document, version - 1)
    if before is None:
        raise Http404
    return _page(request, edition, text=text_of(edition), before=before, changes=changes(before, edition))


def _found(name: str, version: int) -> Edition:
    kind = Document(name)
    edition = edition_of(kind, version) if version else editions(kind)[-1]
    if edition is None:
        raise Http404
    return edition


def _page(request: HttpRequest, edition: Edition, **more: object) -> HttpResponse:
    versions = editions(edition.document)
    shown = {"edition": edition, "versions": versions[::-1], "newest": versions[-1], "operator": settings.OPERATOR}
    return render(request, "accounts/legal/document.html", {**shown, **more})


@member
@before_terms
@require_GET
def accept_terms(request: HttpRequest) -> HttpResponse:
    """Ask whoever is signed in for a signature under the terms as they stand; who has given it goes on."""
    user, wanted = user_of(request), path_on_this_site(request.GET.get("next", ""))
    if not user.owes_acceptance:
        return HttpResponseRedirect(wanted)
    known = dict(Acceptance.objects.filter(address=user.address).order_by("version").values_list("document", "version"))
    owed = [each for each in current() if known.get(each.document) != each.version]
    shown = [{"edition": each, "known": known.get(each.document, 0)} for each in owed]
    return render(request, "accounts/legal/accept.html", {"owed": shown, "next": wanted})
