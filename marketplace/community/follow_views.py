"""Following sellers, models and discussions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.visitors import user_of
from common.access import member
from common.htmx import fragment_of

from .followed import followed_by, is_followed
from .following import follow as follow_it
from .following import unfollow as unfollow_it

FRAGMENT = "follow"


@member
def following(request: HttpRequest) -> HttpResponse:
    """What the visitor follows."""
    context = {"groups": followed_by(user_of(request))}
    return render(request, "marketplace/community/following.html", context)


@member
@require_POST
def follow(request: HttpRequest) -> HttpResponse:
    """Follow something, or stop; htmx gets the button as it is now."""
    user, what, key = user_of(request), request.POST.get("what", ""), request.POST.get("key", "")
    if request.POST.get("on") == "yes":
        follow_it(user=user, what=what, key=key)
    else:
        unfollow_it(user=user, what=what, key=key)
    if fragment_of(request) == FRAGMENT:
        return _button(request, what, key)
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, None) and back.startswith("/")
    return redirect(back if is_ours else "following")


@member
def follow_button(request: HttpRequest) -> HttpResponse:
    """The button of one thing that can be followed, for pages that are kept for all."""
    return _button(request, request.GET.get("what", ""), request.GET.get("key", ""))


def _button(request: HttpRequest, what: str, key: str) -> HttpResponse:
    context = {"what": what, "key": key, "is_followed": is_followed(user_of(request), what, key)}
    return render(request, "marketplace/community/_follow.html", context)
