"""The button by which a page's model or seller is followed, for the holes of pages that are kept for all."""

from __future__ import annotations

from typing import Any

from django import template

from marketplace.community.followed import is_followed
from marketplace.community.models import Followed

register = template.Library()


@register.inclusion_tag("marketplace/community/_follow.html", takes_context=True)
def follow_here(context: Any, what: str) -> dict[str, object]:
    """Show it for the model, or the seller, that the page's address names: a hole knows nothing else of the page.

    One query for a member, none for a visitor.
    """
    visitor, path = context.get("visitor"), str(context["request"].path)
    names = path.strip("/").split("/")[1:3]
    key = names[0] if what == Followed.SELLER else "/".join(names)
    return {
        "what": what,
        "key": key,
        "back": "/models/" + key,
        "visitor": visitor,
        "csrf_token": context.get("csrf_token"),
        "is_followed": bool(visitor) and is_followed(visitor, what, key),
    }
