from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Register the check, and enforce it at once: a web server starts without running any. Name what runs again."""
        from common.queue import repeat

        from .checks import demo_stays_at_home
        from .holdings import register_all

        register_all()
        repeat("accounts.notifications.tasks.deliver_mail", minutes=1)
        repeat("accounts.notifications.tasks.tidy", minutes=1_440)

        if errors := demo_stays_at_home(None):
            raise ImproperlyConfigured(f"{errors[0].msg} {errors[0].hint}")
