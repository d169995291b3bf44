"""One machine, one command: `make demo`. Loopback only, labelled as a demo, everything embedded."""

import secrets
from pathlib import Path

from common import logs

from .base import *
from .base import BASE_DIR, PUBLISHED_KEYS, ROLE_HOLDERS, env

DEMO = True
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def _kept_secret(path: Path) -> str:
    """Return the demo's own secret key, made once and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


DEMO_DIR = env.path("DEMO_DIR", BASE_DIR / ".demo")
SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret(DEMO_DIR / "secret_key")

# The first of anvil's own accounts deploys, the second distributes what has matured.
DEPLOYER_KEY, KEEPER_KEY = PUBLISHED_KEYS
# The demo wallet's moderator, anvil's fifth account, rules and suspends on chain.
ROLE_HOLDERS = {**ROLE_HOLDERS, "MODERATOR": ["0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"]}

LOGGING = logs.configure(json=False)
