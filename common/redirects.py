"""Redirects from one spelling of an address to the one that counts, and where one may be led on to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.utils.http import url_has_allowed_host_and_scheme


def redirect_whole(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    """Redirect for good to a path of this site, with the query of the request: it may say who sent the visitor."""
    query = request.META["QUERY_STRING"]
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)


def path_on_this_site(wanted: str) -> str:
    """Return where somebody wants to go on to, if it is on this site; else the home page."""
    # Without hosts, so that only paths pass: a full address could lead to a copy of this site.
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"
