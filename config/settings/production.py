"""A real deployment, behind a TLS proxy. Every value without a safe default must be in the environment."""

from .base import *
from .base import env

PRODUCTION = True
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
ORIGINS = env.list("ORIGINS", [f"https://{host}" for host in ALLOWED_HOSTS])
CSRF_TRUSTED_ORIGINS = ORIGINS

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
ENGINE_WHOLE_FENCE = env.bool("ENGINE_WHOLE_FENCE", True)
