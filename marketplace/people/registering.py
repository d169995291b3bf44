"""What the package adds to what lower ones keep."""

from marketplace.ground import contents

from .contents import PROFILE


def register() -> None:
    """Have profiles found, reported and decided about."""
    contents.register(PROFILE)
