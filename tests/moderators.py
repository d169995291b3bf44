"""People with the moderators' role, as the index would know it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import User
from contracts.models import Chain, RoleMember
from contracts.roles import ROLES
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.moderation.claiming import open_own_case
from marketplace.moderation.deciding import confirm_decision, decide_case
from marketplace.moderation.wishes import Wish

ROLE = {"contract": "AccessManager", "role": str(ROLES["MODERATOR"].id)}


def make_moderator(address: str = "0x" + "1" * 40, *, is_staff: bool = False) -> User:
    """Return a user who holds the role."""
    user, _ = User.objects.get_or_create(address=address.lower(), defaults={"is_staff": is_staff})
    give_role(user.address)
    return user


def give_role(address: str) -> None:
    """Let an address hold the role on the home chain."""
    chain = Chain.objects.filter(short_name="anvil").first() or Chain.objects.create(
        pk=31337, short_name="anvil", name="Anvil", coin="ETH", confirmations=3, reorg_window=64
    )
    since = timezone.now() - timedelta(days=1)
    held = {"delay": 0, "delay_before": 0, "delay_from": since, "since": since, "changed_block": 1}
    RoleMember.objects.get_or_create(chain=chain, **ROLE, account=address.lower(), defaults=held)


def take_role(address: str) -> None:
    """Take the role from an address, as an event would."""
    RoleMember.objects.filter(**ROLE, account=address.lower()).delete()


def forget_moderators(people: Iterable[User]) -> None:
    """Delete moderators whom other threads saw, and the chain on which they held the role."""
    for user in people:
        user.delete()
    RoleMember.objects.all().delete()
    Chain.objects.all().delete()


def forget_decisions() -> None:
    """Delete every case and decision, which the site itself never does."""
    tables = ("moderationdecision", "logentry", "logsalt", "case", "casestep", "pendingdecision", "report", "appeal")
    with connection.cursor() as cursor:
        names = ", ".join(f"marketplace_{table}" for table in (*tables, "reasonstatement"))
        cursor.execute("update marketplace_listing set suspension_id = null, label_id = null")
        cursor.execute("set session_replication_role = replica")
        for name in names.split(", "):
            cursor.execute(f"delete from {name}")  # noqa: S608  names of ours
        cursor.execute("set session_replication_role = default")


def decided_by_two(first: User, second: User, content: Content, key: str, wish: Wish) -> ModerationDecision:
    """Return a decision that one moderator has asked for and another has confirmed."""
    case = open_own_case(moderator=first, content=content, key=key)
    asked = decide_case(moderator=first, pk=case.pk, wish=wish)
    return confirm_decision(moderator=second, pk=case.pk, pending=asked.pk)
