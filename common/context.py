"""What every template knows. It asks no database, so an error page can be rendered from it as well."""

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

THEMES = ("light", "dark")


class NavItem(TypedDict):
    """One link of the header: the name of its URL, its label and the pages that stand under it."""

    name: str
    label: str | Promise
    pages: tuple[str, ...]


NAV: tuple[NavItem, ...] = (
    {"name": "models", "label": _("Models"), "pages": ("models", "model", "owner")},
    {"name": "api-docs", "label": _("API"), "pages": ("api-docs",)},
    {"name": "about", "label": _("About"), "pages": ("about",)},
)


def site(request: HttpRequest) -> dict[str, object]:
    """Return the chosen theme ("" follows the system), whether this is a demo, and the header's links."""
    theme = request.COOKIES.get("theme", "")
    return {
        "theme": theme if theme in THEMES else "",
        "demo": getattr(settings, "DEMO", False),
        "nav": NAV,
    }
