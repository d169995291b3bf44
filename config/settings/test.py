"""What the tests run on: the real PostgreSQL and Redis that the test session starts for itself."""

from .base import *
from .base import RATES, env

DEBUG = False
SECRET_KEY = "only-for-tests-" + "x" * 40  # pragma: allowlist secret: it protects a database that dies with the run
SEALING_KEYS = ["".join(chr(65 + n % 26) for n in range(43)) + "="]  # as worthless as the key above
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
ORIGINS = env.list("ORIGINS", ["http://testserver", "http://localhost"])
CSRF_TRUSTED_ORIGINS = ORIGINS
RATES = dict.fromkeys(RATES, (10_000, 10))  # all tests ask from one address; those of the limits set their own
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HOME_CHAIN = "anvil"
RPC_URLS.clear()  # each test names the chain that it has started
ENGINES["minilm"]["url"] = "http://127.0.0.1:9/v1"  # nobody: a test that wants an engine names one
SENDS_MAIL = True  # into django.core.mail.outbox
