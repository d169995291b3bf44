"""Work about the DAO that runs again and again (``common.queue``)."""

from __future__ import annotations

from accounts.notifications import kinds
from accounts.notifications.dates import add_dates
from common.queue import repeat
from governance.ground.errors import NoDaoError
from governance.ground.home import home_chain

from . import looking
from .dates import own_dates
from .kinds import KINDS


def register() -> None:
    """Name what the DAO tells people, which of its dates are theirs, and when to look for news."""
    kinds.register(*KINDS)
    add_dates(own_dates)
    repeat("governance.notices.tasks.look", minutes=1)


def look() -> None:
    """Tell what has become final in the DAO, where there is one."""
    try:
        chain = home_chain()
    except NoDaoError:
        return
    looking.look(chain)
