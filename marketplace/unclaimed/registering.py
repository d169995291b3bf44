"""What the package adds to others when the app is made ready."""

from marketplace.ground import contents

from .contents import KIND


def register() -> None:
    """Let the texts of unclaimed models be reported and decided about."""
    contents.register(KIND)
