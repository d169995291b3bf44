"""How an address is shown: with its checksum, and as a picture that differs where the ends look alike."""

from functools import lru_cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts import addresses

register = template.Library()

CELLS, HALF = 5, 3  # five columns, of which the last two mirror the first two


@register.filter
def checksum(address: str) -> str:
    """Write an address with its checksum (EIP-55)."""
    return addresses.checksum(address)


@register.simple_tag
@lru_cache(maxsize=2048)
def identicon(address: str, size: int = 20) -> SafeString:
    """Draw the picture of an address; the same for ever. It says nothing that the address beside it does not."""
    seed = bytes.fromhex(address.removeprefix("0x"))
    ground, figure = (f"oklch({light} 0.13 {int.from_bytes(seed[:2]) % 360})" for light in (0.9, 0.5))
    cells = [(x, y) for y in range(CELLS) for x in range(CELLS) if seed[2 + y * HALF + min(x, CELLS - 1 - x)] % 2]
    path = format_html_join("", "M{} {}h1v1h-1z", cells)
    return format_html(
        '<svg class="identicon" viewBox="-1 -1 7 7" width="{0}" height="{0}" aria-hidden="true">'
        '<path fill="{1}" d="M-1-1h7v7h-7z"/><path fill="{2}" d="{3}"/></svg>',
        str(size),
        ground,
        figure,
        path,
    )
