"""The addresses at which people use the site: whole origins, as browsers name them (scheme, host and port).

``settings.ORIGINS`` lists them. A host that is allowed is not enough: another port or scheme of it may be somebody
else's program, so what signs in or opens a socket is compared with the list, whole.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest

DEFAULT_PORTS = {"http": ":80", "https": ":443"}
ORIGIN = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?")


def own_origin(request: HttpRequest) -> str | None:
    """Return the origin that a request came to, or None where the site is not used at it."""
    scheme, host = str(request.scheme), request.get_host().lower()
    # Browsers leave a default port out of an origin, while a Host header may carry it.
    origin = f"{scheme}://{host.removesuffix(DEFAULT_PORTS.get(scheme, ''))}"
    return origin if is_own(origin) else None


def is_own(origin: str) -> bool:
    """Say whether an origin, written as browsers write it, is one of the site's."""
    return origin in settings.ORIGINS


def is_whole(origin: str) -> bool:
    """Say whether a setting is written as browsers write an origin: no path, no wildcard, no default port."""
    found = ORIGIN.fullmatch(origin)
    return found is not None and found[3] != DEFAULT_PORTS[found[1]]
