"""Settings of the processes that a test starts: as in the tests, on the chain that the environment names."""

from config.settings.test import *  # noqa: F403
from config.settings.test import env

RPC_URLS = {"anvil": env.list("RPC_URLS_ANVIL")}
