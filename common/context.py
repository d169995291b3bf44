"""The context of every template. Without a session it makes no query, so error pages can be rendered from it too."""

from typing import TypedDict

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

THEMES = ("light", "dark")


class NavItem(TypedDict):
    """One link of the header: the name of its URL, its label and the pages that stand under it."""

    name: str
    label: str | Promise
    pages: tuple[str, ...]


# The DAO's pages, by the names of their URLs.
DAO_PAGES = (
    "dao",
    "proposal",
    "proposal-event",
    "proposal-simulation",
    "proposal-discussion",
    "ballot",
    "ballot-power",
    "drafts",
    "draft",
    "new-draft",
    "draft-checks",
    "poll",
    "delegates",
    "delegate",
    "statement",
    "treasury",
    "bonuses",
    "parameters",
    "roles",
    "token",
    "staking",
)

NAV: tuple[NavItem, ...] = (
    {"name": "models", "label": _("Models"), "pages": ("models", "model", "owner", "compare", "model-discussion")},
    {"name": "sell", "label": _("Sell"), "pages": ("sell",)},
    {"name": "dao", "label": _("DAO"), "pages": DAO_PAGES},
    {"name": "api-docs", "label": _("API"), "pages": ("api-docs",)},
    {"name": "about", "label": _("About"), "pages": ("about",)},
)

# Pages that show facts about models, by the names of their URLs: below them stands where the facts come from.
FACTUAL = ("home", "models", "model", "owner", "compare", "about")


def site(request: HttpRequest) -> dict[str, object]:
    """Return the look of the site, and who is here."""
    return {**look_of(request), "visitor": SimpleLazyObject(lambda: visitor_of(request))}


def look_of(request: HttpRequest) -> dict[str, object]:
    """Return the chosen theme ("" follows the system), which wallets there are, the header's links and ``FACTUAL``."""
    # A cookie can say anything, and this goes into the page's markup.
    theme = request.COOKIES.get("theme", "")
    theme = theme if theme in THEMES else ""
    wallets = {
        "demo": settings.DEMO,
        "project": settings.WALLETCONNECT_PROJECT_ID,
        "relay": settings.WALLETCONNECT_RELAY,
    }
    return {"theme": theme, **wallets, "nav": NAV, "factual": FACTUAL}


def visitor_of(request: HttpRequest) -> object | None:
    """Return the signed-in user. Without a session's cookie the session is not looked at: such pages are shared."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return None
    found: object = getattr(user, "_wrapped", user)  # without the lazy object around it: each look passes through that
    return found
