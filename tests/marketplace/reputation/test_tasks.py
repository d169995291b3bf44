"""The queue reckons the reputations of every chain."""

import pytest
from django_q.models import Schedule

from common.queue import write_schedules
from marketplace.reputation.models import Reckoning
from marketplace.reputation.tasks import EVERY, reckon_all

from .histories import Chronicle, address

pytestmark = pytest.mark.django_db


def test_every_chain_is_reckoned_and_one_without_blocks_is_left_out() -> None:
    chains = [Chronicle.begin(number) for number in (777, 778, 779)]
    for made in chains[:2]:
        made.open_shop(address(7))
        made.mine(5)
    reckon_all()
    reckon_all()
    assert sorted(Reckoning.objects.values_list("chain", flat=True)) == [777, 777, 778, 778]


def test_it_is_done_again_and_again() -> None:
    write_schedules()
    assert Schedule.objects.get(name="marketplace.reputation.tasks.reckon_all").minutes == EVERY
