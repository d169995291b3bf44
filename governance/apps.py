from importlib import import_module

from django.apps import AppConfig

# What registers itself where lower apps keep words of their own.
WORDS = (
    *("calls.ballot_words", "calls.holder_words", "calls.signed_words", "calls.event_words", "calls.event_flows"),
    "drafts.wallet_words",
)


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        """Give the demo wallet and the pages of transactions the DAO's sentences, and Prometheus the relayer."""
        from .relay import metrics

        metrics.register()
        for module in WORDS:
            import_module(f"{self.name}.{module}")
