from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        """Say what is kept about people, and what they are told of."""
        from accounts.notifications import kinds

        from . import publishing
        from .holdings import register_all
        from .telling import KINDS

        register_all()
        kinds.register(*KINDS)
        publishing.register()
