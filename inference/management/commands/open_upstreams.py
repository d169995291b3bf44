"""``manage.py open_upstreams``: says what answers for the demo's listings, and for the two models themselves."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from inference.actions import set_upstream
from inference.models import EngineName, Mode
from marketplace.demo.listings import MINILM, SMOLLM2
from marketplace.demo.senses import ALL


class Command(BaseCommand):
    help = "Open an upstream for every listing that the demo's engines can answer for."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        set_upstream(listing=SMOLLM2, engine=EngineName.SMOLLM2, mode=Mode.CHAT)
        set_upstream(listing=MINILM, engine=EngineName.MINILM, mode=Mode.EMBEDDINGS)
        for each in ALL:
            runs = each.runs
            set_upstream(listing=each.name, engine=runs.engine, mode=runs.mode, system_prompt=runs.system_prompt)
        self.stdout.write(f"{len(ALL) + 2} upstreams are open.")
