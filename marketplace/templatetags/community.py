"""The button by which a page's model or seller is followed, for the holes of pages that are kept for all."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from django import template
from django.utils.safestring import SafeString

from common.fragments import fragments
from marketplace.community.followed import is_followed
from marketplace.community.models import Followed

register = template.Library()
TOKEN = token_hex(16)  # stands for the visitor's token in what is kept for all


@register.simple_tag(takes_context=True)
def follow_here(context: Any, what: str) -> SafeString:
    """Show it for the model, or the seller, that the page's address names: a hole knows nothing else of the page.

    One query for a member, unless the view's own says ``is_followed``; none for a visitor.
    """
    visitor, path = context.get("visitor"), str(context["request"].path)
    names = path.strip("/").split("/")[1:3]
    key = names[0] if what == Followed.SELLER else "/".join(names)
    is_on, is_member = context.get("is_followed"), bool(visitor)
    if is_on is None:
        is_on = is_member and is_followed(visitor, what, key)
    shown = {"what": what, "key": key, "back": "/models/" + key, "is_followed": is_on, "visitor": is_member}
    name = (what, key, is_on, is_member)
    button = fragments.render("marketplace/community/_follow.html", name, {**shown, "csrf_token": TOKEN})
    # A token is letters and digits.
    return SafeString(button.replace(TOKEN, str(context["csrf_token"]))) if is_member else button
