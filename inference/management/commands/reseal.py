"""``manage.py reseal``: encrypts all that is kept sealed with the newest of SEALING_KEYS, so that older ones can go."""

from typing import Any

from django.core.management.base import BaseCommand

from inference.conversations.keeping import reseal_conversations
from inference.upstream_actions import reseal_keys


class Command(BaseCommand):
    help = "Encrypt the keys of sellers' servers and kept conversations with the newest sealing key."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{reseal_keys()} keys were sealed anew.")
        self.stdout.write(f"{reseal_conversations()} conversations were sealed anew.")
