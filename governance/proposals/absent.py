"""Who has power on a proposal and has not voted, the most powerful first."""

from __future__ import annotations

from functools import cache

from django.db.models import Exists, F, OuterRef, Q

from common.statements import Given, Statement
from governance.onchain.models.power import PowerFact
from governance.onchain.models.proposals import SENTINEL, VoteFact

from .finding import home_id, of_proposal

SHOWN = 8


@cache
def absent() -> Statement[PowerFact]:
    """Return the statement for those with most power at the snapshot who have not voted (``name``, ``number``).

    The facts of an account are absolute, so its power is its last one until then. They are read from the largest on,
    and each is looked up twice: that none of the account came after it, and that the account has not voted. So it ends
    after as many as are shown, and those that it has to leave out.
    """
    own = {"chain": OuterRef("chain"), "account": OuterRef("account")}
    after = (
        Q(time__gt=OuterRef("time"))
        | Q(time=OuterRef("time"), block_number__gt=OuterRef("block_number"))
        | Q(time=OuterRef("time"), block_number=OuterRef("block_number"), log_index__gt=OuterRef("log_index"))
    )
    later = PowerFact.objects.filter(after, **own, time__gte=OuterRef("time"), time__lte=of_proposal("snapshot"))
    voted = VoteFact.objects.filter(chain=OuterRef("chain"), proposal=Given("number"), voter=OuterRef("account"))
    found = PowerFact.objects.filter(~Exists(later), ~Exists(voted), chain=home_id(), time__lte=of_proposal("snapshot"))
    return Statement(found.filter(votes__gt=0).exclude(account=SENTINEL).order_by(F("votes").desc(), "pk")[:SHOWN])
