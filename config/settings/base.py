"""What every way of running shares. A layer above it (demo, test, production) says only how it differs.

Everything that varies by machine comes from the environment; nothing here reads a secret's default.
"""

import logging
import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from common import logs

from .engines import ENGINE_MEMORY_MB as ENGINE_MEMORY_MB
from .engines import ENGINE_PYTHON as ENGINE_PYTHON
from .engines import ENGINE_THREADS as ENGINE_THREADS
from .engines import ENGINE_WHOLE_FENCE as ENGINE_WHOLE_FENCE
from .engines import ENGINES as ENGINES
from .engines import FREE_TOKENS as FREE_TOKENS
from .engines import OWN_ENGINES as OWN_ENGINES
from .places import BASE_DIR as BASE_DIR
from .places import env as env

DEBUG = False
PRODUCTION = False
DEMO = env.bool("DEMO", False)  # the demo wallet; accounts.checks refuses it where others than this machine come in
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
# The proxies that may say who asks, and over what: addresses or networks, and "unix" for a Unix socket.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", [])
# Where people use the site: whole origins, such as https://market.example or http://localhost:8000. Who signs in, opens
# a socket or sends a form comes from one of them.
ORIGINS: list[str] = env.list("ORIGINS", [])
CSRF_TRUSTED_ORIGINS = ORIGINS
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.site"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.WalletBackend"]
LOGIN_URL = "sign-in"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_structlog",
    "django_q",
    "template_partials.apps.SimpleAppConfig",
    "common",
    "contracts",
    "accounts",
    "marketplace",
    "inference",
    "governance",
    "config",  # for its management commands
]

MIDDLEWARE = [
    "common.middleware.SecurityHeadersMiddleware",
    "common.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.StaticMiddleware",
    "common.middleware.RequestMiddleware",
    "common.middleware.SoundPathMiddleware",
    "common.metrics.MetricsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.middleware.ApiHeadMiddleware",
    "common.middleware.ApiProblemMiddleware",  # before its answers are measured and compressed
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.ratelimit.RateLimitMiddleware",
    "common.errors.DomainErrorMiddleware",
    "accounts.legal.middleware.AcceptanceMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django.contrib.humanize.templatetags.humanize",
                "common.templatetags.look",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",  # of the admin, like the next one; both are lazy
                "django.contrib.messages.context_processors.messages",
                "common.context.site",
            ],
        },
    }
]

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no cookie that the page cache must know

DATABASES = {
    "default": env.dj_db_url("DATABASE_URL") if env.str("DATABASE_URL", "") else {},
}
if DATABASES["default"]:
    # Vectors: so many are looked at for a search, and more until enough fulfil its filters (docs/decisions/0006), but
    # not without end (docs/decisions/0205).
    hnsw = "-c hnsw.ef_search=100 -c hnsw.iterative_scan=relaxed_order -c hnsw.max_scan_tuples=3000"
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = hnsw
CACHES = {
    "default": {
        "BACKEND": "common.caches.RedisCache",
        "LOCATION": env.str("REDIS_URL", ""),
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        # A layer waits 5 s for a message at a time: redis-py's own limit, 5 s too, would end the socket.
        "CONFIG": {"hosts": [{"address": env.str("REDIS_URL", ""), "socket_timeout": 20}]},
    }
}

# The endpoints of each chain of contracts/networks.toml, in the order of preference, such as
# RPC_URLS_ANVIL=http://127.0.0.1:8545
RPC_URLS: dict[str, list[str]] = {
    name.removeprefix("RPC_URLS_").lower(): env.list(name) for name in os.environ if name.startswith("RPC_URLS_")
}
RPC_TIMEOUT = env.float("RPC_TIMEOUT", 10)  # seconds, for one request to an endpoint
PUBLISHED_KEYS = (  # of anvil's first account, its 36th, 38th and 37th, worth nothing but on the demo's own chain
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",  # pragma: allowlist secret
    "0x9644b39377553a920edc79a275f45fa5399cbcf030972f771d0bca8097f9aad3",  # pragma: allowlist secret
    "0xfc5a028670e1b6381ea876dd444d3faaee96cffae6db8d93ca6141130259247c",  # pragma: allowlist secret
    "0xcaa7b4a2d30d1d565716199f068f69ba5df586cf32ce396744858924fdf827f0",  # pragma: allowlist secret
)
DEPLOYER_KEY = env.str("DEPLOYER_KEY", "")
KEEPER_KEY = env.str("KEEPER_KEY", "")  # distributes matured buckets; its account pays the gas
SETTLER_KEY = env.str("SETTLER_KEY", "")  # charges metered use on chain; its account has the role and pays the gas
SETTLE_GAS_A_DAY = env.int("SETTLE_GAS_A_DAY", 100_000_000)  # in any 24 hours; a charge of a batch takes some 90,000
# The same key's, for calls that are paid one by one; 0 where nobody may pay so.
CALL_PAYMENT_GAS_A_DAY = env.int("CALL_PAYMENT_GAS_A_DAY", 50_000_000 if SETTLER_KEY else 0)
RELAYER_KEY = env.str("RELAYER_KEY", "")  # carries signed ballots and delegations; its account pays the gas
# What that may cost in any 24 hours: gas (a ballot of a batch takes some 90,000), and transactions.
RELAY_GAS_A_DAY = env.int("RELAY_GAS_A_DAY", 50_000_000)
RELAY_TRANSACTIONS_A_DAY = env.int("RELAY_TRANSACTIONS_A_DAY", 300)
PASS_URI = env.str("PASS_URI", "")  # where wallets find what a pass is; {id} stands for its id
HOME_CHAIN = env.str("HOME_CHAIN", "")  # the chain with the DAO, by its short name; on the others CHAIN_ADMIN decides
# Whom a deployment names. Off this machine one that leaves somebody out is refused (docs/decisions/0220).
ROLE_HOLDERS: dict[str, list[str]] = {  # the addresses that get each role; on the home chain one GUARDIAN
    "MODERATOR": env.list("MODERATORS", []),
    "GUARDIAN": env.list("GUARDIANS", []),
    "SETTLER": env.list("SETTLERS", []),
    "KEEPER": env.list("KEEPERS", []),  # on the home chain alone
}
# On the home chain: whose LATTICE vests, and the Merkle root of what early users may claim.
VESTING_BENEFICIARY = env.str("VESTING_BENEFICIARY", "")
CLAIM_ROOT = env.str("CLAIM_ROOT", "")
# A file with the list behind that root, so that pages can give everybody the proof: JSON, amounts by address, as text.
CLAIM_LIST = env.str("CLAIM_LIST", "")
# On the others: who is credited with the fees of sales, and who may change what can be changed.
FEE_VAULT = env.str("FEE_VAULT", "")
CHAIN_ADMIN = env.str("CHAIN_ADMIN", "")
DEPLOYMENTS_DIR = env.path("DEPLOYMENTS_DIR", BASE_DIR / "contracts" / "deployments")
LOCAL_DEPLOYMENTS_DIR = env.path("DEMO_DIR", BASE_DIR / ".demo") / "deployments"  # of chains of this machine

LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # ids and addresses are numbers too: figures for people are grouped by intcomma

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
MODEL_FILES: Path = env.path("MODEL_FILES", env.path("DEMO_DIR", BASE_DIR / ".demo") / "model_files")
MODEL_FILES_BUCKET = env.str("MODEL_FILES_BUCKET", "")  # an S3 bucket, in place of the folder
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "model_files": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": MODEL_FILES},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if MODEL_FILES_BUCKET:
    # Keys come from the environment, as boto3 reads them (AWS_ACCESS_KEY_ID and so on).
    STORAGES["model_files"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": MODEL_FILES_BUCKET,
            "endpoint_url": env.str("MODEL_FILES_ENDPOINT", "") or None,
            "region_name": env.str("MODEL_FILES_REGION", "") or None,
            "location": env.str("MODEL_FILES_PREFIX", ""),
            "file_overwrite": True,  # the name is the content
            "querystring_expire": 60,  # seconds in which a download may begin: what has begun ends there by itself
        },
    }

# Model files (docs/mechanisms/uploads.md). Sizes are bytes. What arrives stands in UPLOAD_PARTS, on this machine and on
# the same file system as the folder of model files, until it is whole.
UPLOAD_PARTS = env.path("UPLOAD_PARTS", MODEL_FILES / "parts")
UPLOAD_MOST = env.int("UPLOAD_MOST", 30_000_000_000)  # of one file
UPLOAD_QUOTA = env.int("UPLOAD_QUOTA", 50_000_000_000)  # of one account
UPLOAD_DISK_FLOOR = env.int("UPLOAD_DISK_FLOOR", 5_000_000_000)  # what stays free on the disk
UPLOADS_UNFINISHED = env.int("UPLOADS_UNFINISHED", 1_000)  # of one account
UPLOADS_LATELY = env.int("UPLOADS_LATELY", 10_000)  # of one account, in the week that finished ones are remembered
UPLOADS_AT_ONCE = env.int("UPLOADS_AT_ONCE", 32)  # that one process receives
UPLOADS_AT_ONCE_PER_USER = env.int("UPLOADS_AT_ONCE_PER_USER", 4)

# A body that is read whole; which addresses may send more than 2.5 MB says the guard (config/asgi.py).
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_200_000

CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "common.views.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_ENGINE = "common.session_store"  # read from Redis, safe in PostgreSQL

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF, "data:", "blob:"],  # what a model says aloud, and what a microphone took
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
# Wallets on another device, by WalletConnect: the id of the operator's project, and the relay that carries what they
# say. Without an id there is no such wallet, and no page knows of it (docs/decisions/0268).
WALLETCONNECT_PROJECT_ID = env.str("WALLETCONNECT_PROJECT_ID", "")
WALLETCONNECT_RELAY = env.str("WALLETCONNECT_RELAY", "wss://relay.walletconnect.org")
if WALLETCONNECT_PROJECT_ID:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["connect-src"].append(WALLETCONNECT_RELAY)

# Base64 of 32 bytes each, the newest first: it encrypts the keys of sellers' servers (common/sealing.py).
SEALING_KEYS: list[str] = env.list("SEALING_KEYS", [])
# Sellers' servers on this machine, by http: for a demo and for tests only.
UPSTREAM_LOOPBACK = env.bool("UPSTREAM_LOOPBACK", False)

# The node of IPFS that keeps what is published: unix:///path of the demo's own, or the address of a Kubo's RPC, which
# nobody else may reach. Empty: nothing is pinned, and pages say nothing of it. A gateway (https://…) is asked for
# metadata that neither the node nor its peers have.
IPFS_API = env.str("IPFS_API", "")
IPFS_GATEWAY = env.str("IPFS_GATEWAY", "")

# Requests of one network address in so many seconds (common.ratelimit): a person who types stays well below.
RATES = {"api": (50, 10), "search": (10 * env.int("SEARCH_RATE", 5), 10)}

WEB_THREADS = env.int("WEB_THREADS", 8)
# Connections that the ASGI web process keeps and shares; common.checks refuses it in every other process.
DATABASE_PLANS = env.bool("DATABASE_PLANS", True)  # not behind a pooler that gives each transaction another connection
DATABASE_POOL = env.bool("DATABASE_POOL", False)
if DATABASE_POOL:
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 2, "max_size": 2 * WEB_THREADS}
# Connections, websockets too, that are open at once in one process: in all, and of one address (an IPv6 /64).
CONNECTIONS = env.int("CONNECTIONS", 1_000)
CONNECTIONS_PER_NETWORK = env.int("CONNECTIONS_PER_NETWORK", 100)
# Websockets that are open at once in one process: of one address (an IPv6 /64), and of one session.
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", 50)
SOCKETS_PER_SESSION = env.int("SOCKETS_PER_SESSION", 20)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

# Tasks (common.queue). ``retry`` counts from when a worker's process is given a task, so nothing waits there for long:
# ``queue_limit``. All times are seconds.
Q_CLUSTER = {
    "name": "citrate",
    "orm": "default",
    "workers": env.int("TASK_WORKERS", 2),
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 60,
    "retry": 90,
    "max_attempts": 3,
    "poll": 1,
    "guard_cycle": 2,
    "save_limit": 100,
    "catch_up": False,  # what should have run while nothing did runs once
}

# Who is responsible for this site, and how to reach them: named below the terms and the privacy notice.
OPERATOR = {"name": env.str("OPERATOR_NAME", ""), "contact": env.str("OPERATOR_CONTACT", "")}

# Mail goes out where a server is named; without one the site sends none, and pages do not offer it.
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "Citrate <notifications@localhost>")
SENDS_MAIL = bool(EMAIL_HOST)
MAILBOX_DIR: Path = env.path("DEMO_DIR", BASE_DIR / ".demo") / "mailbox"  # of a demo, from which no mail goes out

LOGGING = logs.configure(json=True)
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # config.guard has checked it
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # config.guard writes the one line per request
DJANGO_STRUCTLOG_STATUS_DEFAULT_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_STATUS_5XX_LOG_LEVEL = logging.DEBUG
