"""Which hosts the site answers to. Django asks the same, but in the middle of a page; here nothing has begun yet."""

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from .protocol import Scope, header

MOST_PORT, PORT_DIGITS = 65_535, 5
HERE = [".localhost", "127.0.0.1", "[::1]"]  # what Django allows in debug where nothing is set


def is_allowed(scope: Scope) -> bool:
    """Say whether a request names a host that the settings allow. Before HTTP/1.1 it need not name any."""
    if host := header(scope["headers"], b"host").decode("latin1"):
        return is_allowed_host(host)
    return scope["http_version"] == "1.0" and is_allowed_host(str((scope["server"] or [""])[0]))


def is_allowed_host(host: str) -> bool:
    """Say whether a Host, with a port or without, is well formed and allowed."""
    domain, port = split_domain_port(host)
    if not domain or (port and not (len(port) <= PORT_DIGITS and 0 < int(port) <= MOST_PORT)):
        return False
    return validate_host(domain, settings.ALLOWED_HOSTS or (HERE if settings.DEBUG else []))
