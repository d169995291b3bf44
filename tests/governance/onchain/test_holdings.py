"""What accounts have of LATTICE."""

from __future__ import annotations

from pytest_django import DjangoAssertNumQueries

from contracts.models import RANKED
from governance.onchain.holdings import Holding, holdings_of
from governance.onchain.models.power import BALANCE, POWER
from tests.factories.governance import WHOLE, address, dao_chain, holder, power


def test_holdings_of_several_accounts_take_one_query(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    chain = dao_chain()
    mine, other, nobody = address(1), address(2), address(3)
    holder(chain, mine, 10 * WHOLE, delegate=other, locked=4 * WHOLE)
    holder(chain, other, 5 * WHOLE, delegate=other)
    power(chain, other, 15 * WHOLE)
    with django_assert_num_queries(1):
        found = holdings_of(chain, [mine, other, nobody, mine])
    assert found[mine].free == 6 * WHOLE
    assert (found[mine].delegate, found[mine].delegate_power) == (other, 15 * WHOLE)
    assert (found[other].power, found[other].delegators, found[other].is_own_delegate) == (15 * WHOLE, 2, True)
    assert found[nobody] == Holding(nobody)
    assert not found[nobody].has_delegate


def test_what_pages_rank_is_what_the_index_holds() -> None:
    assert set(RANKED) == {BALANCE, POWER}
