"""One machine, one command: `make demo`. Loopback only, labelled as a demo, everything embedded."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from common import logs

from .base import *
from .base import BASE_DIR, PUBLISHED_KEYS, env

DEMO = True
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def _kept_secret(path: Path, made: Callable[[], str] = lambda: secrets.token_urlsafe(50)) -> str:
    """Return a secret of the demo's own, made once and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(made())
    return path.read_text()


DEMO_DIR = env.path("DEMO_DIR", BASE_DIR / ".demo")
SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret(DEMO_DIR / "secret_key")
SEALING_KEYS = SEALING_KEYS or [
    _kept_secret(DEMO_DIR / "sealing_key", lambda: b64encode(secrets.token_bytes(32)).decode())
]
UPSTREAM_LOOPBACK = env.bool("UPSTREAM_LOOPBACK", True)  # whoever reaches the demo sits at its machine

# The first of anvil's own accounts deploys and then holds nothing, its 36th distributes what has matured and anchors,
# its 37th charges metered use, its 38th relays votes.
DEPLOYER_KEY, KEEPER_KEY, RELAYER_KEY, SETTLER_KEY = PUBLISHED_KEYS
CALL_PAYMENT_GAS_A_DAY = 50_000_000
HOME_CHAIN = "anvil"
# People of the demo wallet: three moderators, so that an appeal against a decision of two finds one, the guardian, and
# the contributor whose LATTICE vests.
ROLE_HOLDERS = {
    "MODERATOR": [
        "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
        "0x1BcB8e569EedAb4668e55145Cfeaf190902d3CF2",
        "0x11e8F3eA3C6FcF12EcfF2722d75CEFC539c51a1C",
    ],
    "GUARDIAN": ["0x8263Fce86B1b78F95Ab4dae11907d8AF88f841e7"],
    "SETTLER": ["0x1003ff39d25F2Ab16dBCc18EcE05a9B6154f65F4"],
    "KEEPER": ["0x2f4f06d218E426344CFE1A83D53dAd806994D325"],
}
VESTING_BENEFICIARY = "0x1aac82773CB722166D7dA0d5b0FA35B0307dD99D"

# Nothing leaves this machine: what is sent can be read at /demo/mailbox.
EMAIL_BACKEND = "accounts.notifications.mailbox.MailboxBackend"
SENDS_MAIL = True

LOGGING = logs.configure(json=False)
