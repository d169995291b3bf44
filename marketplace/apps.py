from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Let each package register what it adds to others."""
        from .reports import registering

        registering.register()
