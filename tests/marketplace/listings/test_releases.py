"""Which release stands for a listing."""

import pytest
from django.utils import timezone

from marketplace.listings.releases import default_of, in_order, is_stable
from marketplace.listings.versions import Version


def releases(*numbers: str) -> list[Version]:
    return [Version(number=number) for number in numbers]


def test_releases_stand_in_the_order_of_their_numbers_and_not_of_their_letters() -> None:
    found = in_order(releases("1.9.0", "1.10.0", "1.10.0-rc.2", "1.10.0-rc.10", "0.1.0", "no number"))
    assert [each.number for each in found] == ["1.10.0", "1.10.0-rc.10", "1.10.0-rc.2", "1.9.0", "0.1.0", "no number"]


@pytest.mark.parametrize(("number", "stable"), [("1.0.0", True), ("1.0.0-rc.1", False), ("x", False)])
def test_a_number_says_whether_it_is_stable(number: str, stable: bool) -> None:
    assert is_stable(number) == stable


def test_new_buyers_get_the_newest_stable_release_that_was_not_yanked() -> None:
    found = releases("1.0.0", "1.1.0", "2.0.0-rc.1")
    assert default_of(found) == found[1]
    found[1].yanked_at = timezone.now()
    assert default_of(found) == found[0]
    found[0].yanked_at = timezone.now()
    assert default_of(found) == found[2]
    found[2].yanked_at = timezone.now()
    assert default_of(found) is None
