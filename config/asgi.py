"""The one way in: ``python -m config.serve`` serves ``site`` on one port. No other server finds an application here.

Pages run as WSGI in threads, at half the CPU of Django's ASGI; what streams runs as ASGI; websockets go to Channels.
"""

import gc
import os
import re
from collections.abc import Iterable
from typing import Any, NoReturn, cast
from wsgiref.types import StartResponse, WSGIEnvironment
from wsgiref.util import FileWrapper

from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
django_asgi, django_wsgi = get_asgi_application(), get_wsgi_application()

from channels.auth import AuthMiddlewareStack  # what follows needs Django to be set up
from channels.routing import URLRouter
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import re_path

from accounts.routing import websocket_urlpatterns as account_sockets
from common import metrics
from common.database import keep_connection, renew_connection
from common.kept import Filled, Known
from common.slices import Slice
from common.traces import traced
from config.guard import (
    App,
    BodyFirst,
    Codings,
    Entrance,
    Express,
    Forwarded,
    Gate,
    Limits,
    Members,
    OwnOrigin,
    PageCache,
    Receive,
    Scope,
    Send,
    Threads,
    close_unknown,
)
from inference.routing import websocket_urlpatterns as inference_sockets
from marketplace.routing import websocket_urlpatterns as marketplace_sockets

from .direct import Direct, Views
from .members import filled_for
from .tus import Uploads

GATEWAY = "/v1/"  # how the paths begin of what clients of OpenAI's protocol ask for
STREAMS = re.compile(r"/engines/[0-9a-f-]{36}/v1/")  # of what Django answers as ASGI
UPLOADS = re.compile(  # what takes a file
    r"/disputes/0x[0-9a-f]{64}/say|/try/[^/]+/[^/]+|/api/v1/listings/[^/]+/[^/]+/infer"
)
FILES = re.compile(r"/files/.+|/models/[^/]+/[^/]+/v/[^/]+/files/.+")  # what may be long, and is for nobody else
TUS = "/uploads"  # where model files are sent to, past Django
OPERATORS = {"/healthz", "/readyz", "/metrics"}  # answered by threads of their own, also while all others are busy
OPERATORS_THREADS = 2
STREAMS_AT_ONCE = 64

limits = Limits(threads=settings.WEB_THREADS)


def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Django with files read 64 KiB at a time: each piece costs a hop between thread and event loop."""
    renew_connection()
    environ["wsgi.file_wrapper"] = wrapped
    if trace := environ.get("asgi.scope", {}).get("trace"):
        with traced(trace):
            return django_wsgi(environ, start_response)
    return django_wsgi(environ, start_response)


def wrapped(file: Any, _size: int) -> Any:
    """Return what is sent of a file: of one on this disk its slice, which needs no thread any more."""
    return file if isinstance(file, Slice) else FileWrapper(file, 65536)


def fill(known: Known, cookies: dict[str, str]) -> Filled | None:
    """Fill a kept page past Django, on a connection that is not broken."""
    renew_connection()
    return filled_for(known, cookies)


def in_threads(threads: int) -> tuple[Threads, Gate]:
    """Return Django's WSGI application in so many threads, and the gate before it with a seat for each."""
    workers = Threads(wsgi, threads, begin=keep_connection)
    return workers, Gate(workers, seats=threads, limits=limits)


workers, threads = in_threads(limits.threads)
members = Members(BodyFirst(threads, limits), threads, workers, fill, limits)
pages = PageCache(members, limits)
uploads = PageCache(BodyFirst(threads, limits.of_uploads()), limits)  # as pages, but for what a body may be
files = BodyFirst(threads, limits)  # past what is kept
operators = BodyFirst(in_threads(OPERATORS_THREADS)[1], limits)
streams = BodyFirst(Gate(cast(App, django_asgi), seats=STREAMS_AT_ONCE, limits=limits), limits)
gateway = BodyFirst(Direct(Views(), seats=STREAMS_AT_ONCE, limits=limits), limits)
tus = Uploads()
routes = [*account_sockets, *inference_sockets, *marketplace_sockets, re_path("", close_unknown)]  # type: ignore[arg-type]  # Channels routes ASGI by paths
sockets = OwnOrigin(AuthMiddlewareStack(URLRouter(routes)))

metrics.THREADS.set(limits.threads)
metrics.THREADS_BUSY.set_function(lambda: threads.busy)


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Choose Django's door by the path."""
    path = scope["path"]
    if path == TUS or path.startswith(f"{TUS}/"):
        door: App = tus
    elif path.startswith(GATEWAY):
        door = gateway
    elif STREAMS.match(path):
        door = streams
    elif path in OPERATORS:
        door = operators
    else:
        door = uploads if UPLOADS.fullmatch(path) else files if FILES.fullmatch(path) else pages
    await door(scope, receive, send)


async def lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell the server that start and stop need nothing: all of the above is made when this module is imported."""
    while (event := (await receive())["type"]) != "lifespan.shutdown":
        await send({"type": f"{event}.complete"})
    await send({"type": "lifespan.shutdown.complete"})


# What is loaded by now stays: the collector need not look through it again and again. A page makes thousands of objects
# that end with it by themselves, so that looking for circles after every 700 finds nothing.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)

doors: dict[str, App] = {
    "http": Forwarded(Codings(Express(Entrance(route), pages))),
    "websocket": Forwarded(sockets),
    "lifespan": lifespan,
}


async def site(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application, for ``config.serve`` and for tests."""
    await doors[scope["type"]](scope, receive, send)


def __getattr__(name: str) -> NoReturn:
    """Refuse whatever server looks for the application by the name that Django's projects give it.

    By itself uvicorn bounds neither headers nor connections, and takes from a header who asks before ``Forwarded`` can.
    """
    if name == "application":
        raise ImproperlyConfigured("This site is started by `python -m config.serve`, which bounds what visitors cost.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
