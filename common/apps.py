from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Register the checks, and have the ends of sessions told."""
        from . import (
            checks,  # noqa: F401  registers them
            sessions,
        )

        sessions.watch()
