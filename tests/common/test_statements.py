"""Statements: the ORM writes them once; they are run with the values of the moment."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.statements import NEXT, Given, Statement, together
from marketplace.listings.models import Listing
from tests.factories.marketplace import listing

pytestmark = pytest.mark.django_db


def test_a_statement_finds_what_the_query_set_would() -> None:
    rows = Listing.objects.filter(name__startswith="BAAI/").select_related("owner", "runtime").order_by("name")
    statement = Statement(rows)
    with CaptureQueriesContext(connection) as made:
        found = statement.find()
        assert [(each.name, each.owner.name, each.facts) for each in found]
        assert found.key == statement.find().key
    assert len(made) == 2
    assert [vars(each)["released"] for each in found] == [each.released for each in rows]
    assert [*found] == [*rows]
    assert found[:2] == [*rows[:2]]


def test_a_value_may_be_given_when_it_is_run_and_changes_are_seen() -> None:
    statement = Statement(Listing.objects.filter(name=Given("name")))
    assert not statement.find(name="acme/one")
    one, two = listing("acme/one"), listing("acme/two")
    assert [[*statement.find(name=name)] for name in ("acme/one", "acme/two")] == [[one], [two]]
    before = statement.find(name="acme/one").key
    Listing.objects.filter(pk=one.pk).update(license="mit")
    after = statement.find(name="acme/one")
    assert (after[0].license, after.key == before) == ("mit", False)


def test_values_are_written_in_as_they_are() -> None:
    made = listing("acme/one", license="100% 'free' %s %(name)s")
    statement = Statement(Listing.objects.filter(name=Given("name"), license=made.license))
    assert [*statement.find(name="acme/one")] == [made]
    assert not statement.find(name="acme/%")


def test_what_nothing_can_fulfil_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as made:
        assert [*Statement(Listing.objects.filter(pk__in=[])).find()] == []
    assert not made.captured_queries


def test_what_is_asked_together_is_what_each_would_find() -> None:
    made = listing("acme/one", license="100% 'free'; %s")
    named, licensed = (Statement(Listing.objects.filter(**{column: Given("it")})) for column in ("name", "license"))
    nothing = Statement(Listing.objects.filter(pk__in=[]))
    questions = [named.asked(it="acme/one"), nothing.asked(), licensed.asked(it=made.license), named.asked(it="a;b'%s")]
    with CaptureQueriesContext(connection) as asked:
        found = together(*questions)
    assert [[*each] for each in found] == [[made], [], [made], []]
    assert [query["sql"].count(NEXT) for query in asked] == [3]
    assert (found[0].value("name"), found[0].value("id")) == ("acme/one", made.pk)
