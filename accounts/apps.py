from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Register the check, and enforce it at once: a web server starts without running any."""
        from .checks import demo_stays_at_home

        if errors := demo_stays_at_home(None):
            raise ImproperlyConfigured(f"{errors[0].msg} {errors[0].hint}")
