"""What the package adds to what lower ones keep."""

from accounts.notifications import kinds
from common.queue import repeat
from marketplace.ground import contents

from .contents import PROFILE
from .holdings import register_all
from .notices import ERASURE


def register() -> None:
    """Have profiles found, reported and decided about, tables exported and erased, and name what runs again."""
    contents.register(PROFILE)
    kinds.register(ERASURE)
    register_all()
    repeat("marketplace.people.tasks.erase_due", minutes=5)
    repeat("marketplace.people.tasks.forget_exports", minutes=60)
    repeat("marketplace.people.tasks.check_domains", minutes=60)
