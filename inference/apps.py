from importlib import import_module

from django.apps import AppConfig

MODELS = ("ledger.models", "conversations.models", "conversations.past_models")  # of packages above ``models``


class InferenceConfig(AppConfig):
    name = "inference"

    def import_models(self) -> None:
        """Find the models of those packages as well, which ``models`` may not import."""
        super().import_models()
        for each in MODELS:
            import_module(f"inference.{each}")

    def ready(self) -> None:
        """Say what is kept about people, and what they are told of."""
        from accounts.notifications import kinds
        from common.queue import repeat
        from marketplace.ground import contents

        from . import publishing
        from .conversations.contents import KIND
        from .holdings import register_all
        from .paying import registering
        from .telling import KINDS

        register_all()
        registering.register()
        kinds.register(*KINDS)
        contents.register(KIND)
        publishing.register()
        repeat("inference.ledger.tasks.settle", minutes=1)
        repeat("inference.ledger.tasks.audit", minutes=10)
