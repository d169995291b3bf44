"""What stands before Django in the web process. Each part is an ASGI application around the next:

``Forwarded`` (who asks) → ``Codings`` (what is taken) → ``Express`` (kept pages, at once) → ``Entrance`` (request
id, access line, requests that nobody should answer) → ``PageCache`` → ``BodyFirst`` → ``Gate`` → threads.
"""

from .body import BodyFirst
from .cache import PageCache
from .codings import Codings
from .entrance import Entrance
from .express import Express
from .forwarded import Forwarded
from .gate import Gate
from .limits import Limits
from .members import Members
from .origins import OwnOrigin, close_unknown
from .protocol import App, Receive, Scope, Send
from .threads import Threads

__all__ = [
    "App",
    "BodyFirst",
    "Codings",
    "Entrance",
    "Express",
    "Forwarded",
    "Gate",
    "Limits",
    "Members",
    "OwnOrigin",
    "PageCache",
    "Receive",
    "Scope",
    "Send",
    "Threads",
    "close_unknown",
]
