"""Ports for what the tests start."""

import secrets

from stack.ports import claim, is_free

# Below those that the system gives to whoever asks for any: between the choice of a port and the start of its server
# lie seconds, in which other tests make hundreds of connections.
OWN = range(20_000, 32_000)


def free_port() -> int:
    """Return a port of the loopback that nobody listens on, and that no other process is given meanwhile."""
    return next(port for port in iter(lambda: secrets.choice(OWN), None) if is_free(port) and claim(port))
