from django.apps import AppConfig


class MarketplaceConfig(AppConfig):
    name = "marketplace"

    def ready(self) -> None:
        """Let each package register what it adds to others."""
        from .checks import registering as checks
        from .community import registering as community
        from .files import registering as files
        from .gating import registering as gating
        from .listings import pinned
        from .moderation import registering as moderation
        from .people import registering as people
        from .publish import registering as publish
        from .releases import registering as releases
        from .reports import registering as reports
        from .reputation import tasks as reputation
        from .scores import registering as scores
        from .unclaimed import registering as unclaimed

        packages = (
            checks,
            community,
            files,
            gating,
            moderation,
            people,
            pinned,
            publish,
            releases,
            reports,
            reputation,
            scores,
            unclaimed,
        )
        for package in packages:
            package.register()
