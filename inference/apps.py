from django.apps import AppConfig


class InferenceConfig(AppConfig):
    name = "inference"

    def ready(self) -> None:
        """Say what is kept about people."""
        from .holdings import register_all

        register_all()
