"""Settings of the processes that a test starts: as in the tests, on the chains that the environment names."""

import os

from config.settings.test import *  # noqa: F403
from config.settings.test import env

RPC_URLS = {name.removeprefix("RPC_URLS_").lower(): env.list(name) for name in os.environ if "RPC_URLS_" in name}
