"""Who is meant: the names of those who write, and of those whom a text mentions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse

from accounts.models import Account, User
from common.prose import mentions_in

from .models import Comment

MOST_MENTIONS = 20  # of one text that are told of it


@dataclass(frozen=True)
class Names:
    """Accounts by address, and addresses by the accounts' names in lower case."""

    accounts: dict[str, str]
    addresses: dict[str, str]

    def paths_in(self, text: str) -> dict[str, str]:
        """Return where the mentions of a text lead to: addresses, and names of accounts that are somebody's."""
        found = {name: name if name.startswith("0x") else self.addresses.get(name, "") for name in mentions_in(text)}
        return {name: person_path(address) for name, address in found.items() if address}


def person_path(address: str) -> str:
    """Return the path of somebody's page."""
    return reverse("person", args=[address])


def names_for(addresses: Iterable[str], texts: Iterable[str]) -> Names:
    """Return the names of some addresses and of those whom some texts mention. One query."""
    mentioned = {name for text in texts for name in mentions_in(text)}
    known = Q(user__address__in=set(addresses)) | Q(lower_name__in=mentioned)
    found = Account.objects.alias(lower_name=Lower("name")).filter(known).exclude(user=None)
    rows = list(found.values_list("name", "user__address"))
    return Names({address: name for name, address in rows}, {name.lower(): address for name, address in rows})


def mentioned_users(text: str) -> list[User]:
    """Return whom a text mentions that have signed in here, the first twenty. At most one query."""
    names = mentions_in(text)[:MOST_MENTIONS]
    if not names:
        return []
    by_name = Account.objects.alias(lower_name=Lower("name")).filter(lower_name__in=names).values("user")
    return list(User.objects.filter(Q(address__in=names) | Q(pk__in=by_name)).order_by("pk"))


def comment_path(comment: Comment) -> str:
    """Return the permalink of a comment."""
    return reverse("comment", args=[comment.public_id])
