"""The kinds of notices about what people say, and about what they follow."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.addresses import checksum
from accounts.notifications.kinds import Data, Kind
from common.templatetags.look import hash_short
from marketplace.onchain.models.listings import Plan

TALK = gettext_lazy("Discussions")
FOLLOWED = gettext_lazy("What you follow")


def _who(data: Data) -> str:
    return str(data.get("name") or hash_short(checksum(data["author"])))


def _told(sentence: str, data: Data) -> str:
    return sentence % {"who": _who(data), "about": data["about"]}


def _comment(data: Data) -> str:
    return reverse("comment", args=[data["comment"]])


def _quoted(data: Data) -> str:
    return _("“%(gist)s”") % {"gist": data["gist"]} if data["gist"] else ""


def _model(data: Data) -> str:
    return reverse("model", args=data["listing"].split("/", 1))


def _price(data: Data) -> str:
    plan = Plan(data["plan"]).label
    if not data["is_sold"]:
        return _("%(plan)s is no longer sold.") % {"plan": plan}
    if data["price"]:
        return _("%(plan)s costs %(price)s now.") % {"plan": plan, "price": data["price"]}
    return _("%(plan)s costs something else now.") % {"plan": plan}


REPLY = Kind(
    name="comment-reply",
    topic=TALK,
    label=gettext_lazy("A reply to you"),
    hint=gettext_lazy("When somebody answers a comment of yours."),
    icon="reply",
    title=lambda data: _told(_("%(who)s replied to you about %(about)s"), data),
    text=_quoted,
    path=_comment,
)
MENTION = Kind(
    name="comment-mention",
    topic=TALK,
    label=gettext_lazy("A comment that mentions you"),
    hint=gettext_lazy("When somebody writes @ and your address or the name of your account."),
    icon="at-sign",
    title=lambda data: _told(_("%(who)s mentioned you in the discussion of %(about)s"), data),
    text=_quoted,
    path=_comment,
)
OWN = Kind(
    name="comment-own",
    topic=TALK,
    label=gettext_lazy("Comments on your models and proposals"),
    hint=gettext_lazy("Once until you have read it, or a day has passed."),
    icon="message-square",
    title=lambda data: _told(_("%(who)s wrote about %(about)s, which is yours"), data),
    text=_quoted,
    path=_comment,
)
NEW = Kind(
    name="comment-new",
    topic=TALK,
    label=gettext_lazy("New comments in discussions you follow"),
    hint=gettext_lazy("Once a discussion until you have read it, or a day has passed."),
    icon="messages-square",
    title=lambda data: _told(_("New comments about %(about)s"), data),
    text=lambda data: _("%(who)s: “%(gist)s”") % {"who": _who(data), "gist": data["gist"]},
    path=_comment,
)
VERSION = Kind(
    name="followed-version",
    topic=FOLLOWED,
    label=gettext_lazy("A new version of a model you follow"),
    hint=gettext_lazy("When its seller has put it on chain, and that is final."),
    icon="package",
    title=lambda data: (
        _("%(name)s has a new version: %(number)s") % {"name": data["listing"], "number": data["number"]}
    ),
    path=_model,
)
PRICE = Kind(
    name="followed-price",
    topic=FOLLOWED,
    label=gettext_lazy("A new price of a model you follow"),
    hint=gettext_lazy("When its seller has changed what it costs, and that is final."),
    icon="tag",
    title=lambda data: _("%(listing)s has a new price") % data,
    text=_price,
    path=_model,
)
LISTING = Kind(
    name="followed-seller",
    topic=FOLLOWED,
    label=gettext_lazy("A new model of a seller you follow"),
    hint=gettext_lazy("When it is for sale, and that is final."),
    icon="store",
    title=lambda data: (
        _("%(seller)s sells a new model: %(name)s") % {"seller": data["seller"], "name": data["listing"]}
    ),
    path=_model,
)
KINDS = (REPLY, MENTION, OWN, NEW, VERSION, PRICE, LISTING)
