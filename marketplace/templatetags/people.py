"""Somebody by their address, wherever one is named: face, name or short address, and the way to their page."""

from django import template

register = template.Library()


@register.inclusion_tag("marketplace/people/_person.html")
def person(address: str, name: str = "", size: int = 20) -> dict[str, object]:
    """Show an address as a link to its page. ``name`` is the account's that is theirs, where the page has read it."""
    return {"address": address, "name": name, "size": size}
