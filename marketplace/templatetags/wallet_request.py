"""How the text of a request to a wallet is shown."""

from django import template

from common.text import with_hidden_shown

register = template.Library()


@register.filter
def plainly(text: object) -> str:
    """Write a text with what cannot be seen in it written out; whoever wrote it, it must read as it is."""
    return with_hidden_shown(str(text))
