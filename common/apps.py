from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Register the checks, heed those of the settings at once, and have the ends of sessions told."""
        from . import checks, sessions

        checks.refuse_unsafe_settings()
        sessions.watch()
