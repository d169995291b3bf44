from importlib import import_module

from django.apps import AppConfig

# What registers itself where lower apps keep words, or ties between people, of their own.
WORDS = (
    *("calls.ballot_words", "calls.holder_words", "calls.signed_words", "calls.event_words", "calls.event_flows"),
    *("drafts.wallet_words", "onchain.ties"),
)


class GovernanceConfig(AppConfig):
    name = "governance"

    def ready(self) -> None:
        """Give pages and the demo wallet the DAO's sentences, Prometheus the relayer, and people their notices."""
        from marketplace.community import pace, subjects

        from .holdings import register_all
        from .notices import tasks as notices
        from .proposals import discussed
        from .relay import metrics

        register_all()
        metrics.register()
        notices.register()
        subjects.register(discussed.KIND)
        pace.register(discussed.holds_lattice)
        for module in WORDS:
            import_module(f"{self.name}.{module}")
