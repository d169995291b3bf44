"""Beginning a new version of a listing: a draft with all that the last one said."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member

from .actions import draft_of_listing


@member
@require_POST
def begin_version(request: HttpRequest, owner: str, name: str) -> HttpResponse:
    """Begin a new version, or go on with the one that was begun."""
    draft = draft_of_listing(user=user_of(request), owner=owner, name=name)
    return redirect("model-draft", draft.pk)
