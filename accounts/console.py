"""Django's admin as the staff's back office: entered by the wallet's sign-in, with no password anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from common.access import staff

from .views import sign_out

# Nobody here has a password, so these pages could only mislead.
PASSWORDS = {"password_change", "password_change_done"}


class Console(AdminSite):
    """Every address in it carries the mark ``@staff``: visitors are led to the sign-in and back, and users who
    are not staff are refused."""

    site_header = _("Citrate Marketplace: back office")
    site_title = _("Back office")
    index_title = _("What the staff reads")
    index_template = "admin/console.html"
    enable_nav_sidebar = False

    def get_urls(self) -> list[Any]:
        """Return the admin's addresses but for those of passwords, each marked."""
        kept = [each for each in super().get_urls() if getattr(each, "name", None) not in PASSWORDS]
        _mark(kept)
        return kept

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Go on to the index: only a signed-in wallet of the staff gets this far."""
        return redirect("admin:index")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # no page of its own
        """Sign out of the whole site."""
        return sign_out(request)


def _mark(patterns: Iterable[URLPattern | URLResolver]) -> None:
    for each in patterns:
        if isinstance(each, URLResolver):
            _mark(each.url_patterns)
        else:
            # Like every other view, so that the test which looks for marks sees Django's addresses too.
            each.callback = staff(each.callback)


console = Console(name="admin")
