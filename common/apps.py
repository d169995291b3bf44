from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Register the checks, enforce those of the settings at once, and watch for ends of sessions."""
        from . import checks, sessions

        checks.refuse_unsafe_settings()
        sessions.watch()
