"""What the command palette offers beside models: the pages of the site, and what a page can do."""

from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MEMBER, VISITOR = "member", "visitor"


class Command(TypedDict, total=False):
    """One entry. ``words`` find it besides its label; ``who`` may alone see it; ``shortcut`` are its keys."""

    label: str | Promise
    icon: str
    words: str | Promise
    who: str
    shortcut: str


class PageCommand(Command, total=False):
    """An entry that leads to a page: the name of its URL, and its query."""

    name: str
    query: str


class ActionCommand(Command, total=False):
    """An entry that does something here: its name in ``frontend/site/commands.ts``."""

    do: str


PAGES: tuple[PageCommand, ...] = (
    {"name": "home", "label": _("Home"), "icon": "house", "words": _("start front page"), "shortcut": "g h"},
    {
        "name": "models",
        "label": _("All models"),
        "icon": "box",
        "words": _("catalogue browse"),
        "shortcut": "g m",
    },
    {
        "name": "models",
        "query": "availability=for-sale",
        "label": _("Models that run here"),
        "icon": "circle-play",
        "words": _("for sale buy now available"),
    },
    {
        "name": "account",
        "label": _("Your account and orders"),
        "icon": "receipt",
        "words": _("purchases passes credit refund withdraw"),
        "who": MEMBER,
    },
    {
        "name": "notifications",
        "label": _("Notifications"),
        "icon": "bell",
        "words": _("news inbox alerts mail settings"),
        "who": MEMBER,
    },
    {"name": "sell", "label": _("Your sales"), "icon": "store", "words": _("seller desk revenue payouts terms")},
    {
        "name": "new-model",
        "label": _("Sell a model"),
        "icon": "folder-up",
        "words": _("publish upload list new draft citrate.toml"),
    },
    {
        "name": "model-drafts",
        "label": _("Drafts of models"),
        "icon": "file-pen",
        "words": _("publish go on unfinished"),
        "who": MEMBER,
    },
    {
        "name": "unclaimed",
        "label": _("Unclaimed on chain"),
        "icon": "link",
        "words": _("cast listed by any tool ipfs metadata adopt claim"),
    },
    {
        "name": "node-pins",
        "label": _("Our IPFS node"),
        "icon": "box",
        "words": _("pinned pins ipfs kept health"),
    },
    {
        "name": "own-unclaimed",
        "label": _("Your models on chain that are not claimed"),
        "icon": "link",
        "words": _("adopt claim listed"),
        "who": MEMBER,
    },
    {
        "name": "saved-searches",
        "label": _("Saved searches"),
        "icon": "bookmark",
        "words": _("news alerts"),
        "who": MEMBER,
    },
    {"name": "disputes", "label": _("Disputes"), "icon": "gavel", "words": _("refund ruling complaint"), "who": MEMBER},
    {
        "name": "own-reports",
        "label": _("Your reports, and what was decided"),
        "icon": "flag",
        "words": _("statement of reasons appeal moderation complaint"),
        "who": MEMBER,
    },
    {"name": "rules", "label": _("Rules"), "icon": "scale", "words": _("what is allowed moderation terms")},
    {
        "name": "moderation-log",
        "label": _("Log of moderators’ decisions"),
        "icon": "list-checks",
        "words": _("moderation transparency hash chain"),
    },
    {"name": "compare", "label": _("Compare models"), "icon": "columns-3", "words": _("side by side differences")},
    {"name": "api-docs", "label": _("API"), "icon": "braces", "words": _("developers documentation openapi json")},
    {
        "name": "about",
        "label": _("About and sources"),
        "icon": "info",
        "words": _("help how it works"),
        "shortcut": "g a",
    },
)

ACTIONS: tuple[ActionCommand, ...] = (
    {"do": "sign-in", "label": _("Connect wallet"), "icon": "wallet", "words": _("sign in log in"), "who": VISITOR},
    {
        "do": "theme",
        "label": _("Change the theme"),
        "icon": "sun-moon",
        "words": _("dark light system"),
        "shortcut": "t",
    },
    {
        "do": "copy-address",
        "label": _("Copy this page’s address"),
        "icon": "link",
        "words": _("link url share"),
    },
    {"do": "print", "label": _("Print this page"), "icon": "printer", "words": _("paper pdf save")},
    {
        "do": "help",
        "label": _("Keyboard shortcuts"),
        "icon": "keyboard",
        "words": _("shortcuts keys help"),
        "shortcut": "?",
    },
    {
        "do": "sign-out",
        "label": _("Sign out"),
        "icon": "log-out",
        "words": _("log out disconnect"),
        "who": MEMBER,
    },
)
