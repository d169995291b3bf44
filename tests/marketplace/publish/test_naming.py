"""The name under which somebody publishes: their own, like nobody else's, and once for all."""

import pytest

from accounts.addresses import checksum
from accounts.models import Account, User
from marketplace.listings.publishing import publish_version
from marketplace.listings.records import Record
from marketplace.publish.errors import OwnerRefusedError
from marketplace.publish.naming import check_owner, choose_owner, owner_of

WRITER, OTHER = "0x" + "a1" * 20, "0x" + "b2" * 20


@pytest.fixture
def writer(db: None) -> User:
    Account.objects.create(name="Paper-Mill", user=User.objects.create(address=OTHER))
    Account.objects.create(name="Big-Lab", is_reserved=True)
    return User.objects.create(address=WRITER)


@pytest.mark.parametrize(
    "name",
    [
        "paper-mill", "papermill", "PAPER-MlLL", "big-lab", "admin", "Citrate", "a", "x" * 40, "-a", "a b",
        "Paper_Mi11", "pаper", "0xabc", "../x", "a/b", "0x" + "b2" * 20, "",
    ],
)  # fmt: skip
def test_a_name_that_is_anothers_or_looks_like_it_is_refused_with_a_sentence(writer: User, name: str) -> None:
    with pytest.raises(OwnerRefusedError) as caught:
        check_owner(name, writer)
    assert str(caught.value.detail).endswith(".")


def test_a_name_is_chosen_changed_while_nothing_stands_under_it_and_then_stays(writer: User) -> None:
    assert owner_of(writer) is None
    assert choose_owner(user=writer, name="first").name == "first"
    assert choose_owner(user=writer, name="first").name == "first"
    owner = choose_owner(user=writer, name="second")
    assert Account.objects.filter(user=writer).get() == owner
    record = Record.model_validate({"name": "second/model", "task": "text-generation"})
    publish_version(owner=owner, record=record, number="1.0.0", summary="", terms="")
    with pytest.raises(OwnerRefusedError):
        choose_owner(user=writer, name="third")
    assert choose_owner(user=writer, name="second") == owner


def test_who_wants_no_name_has_its_address(writer: User) -> None:
    assert choose_owner(user=writer, name="").name == checksum(WRITER)
