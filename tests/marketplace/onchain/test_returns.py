"""The fold of what buyers had taken back."""

from __future__ import annotations

from importlib import import_module

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Replace

from contracts.indexer.folding import refold
from contracts.models import Event
from marketplace.onchain.models.returns import PurchaseReturn
from marketplace.returns.actions import prepare_refund
from tests.marketplace.returns.story import bought
from tests.marketplace.shop import Shop


def test_events_that_name_the_fold_as_it_was_called_before_are_renamed(shop: Shop) -> None:
    shop.pay(prepare_refund(user=shop.buyer, ref=bought(shop).ref))
    shop.index(1)
    subject = f"returns:{shop.model_id}:{shop.buyer.address}"
    right = {event.pk: event.subject for event in Event.objects.all()}
    assert list(right.values()).count(subject) == 2
    Event.objects.filter(subject=subject).update(subject=Replace(F("subject"), Value("returns:"), Value("standing:")))
    migration = import_module("marketplace.migrations.0016_returns_by_name").Migration
    ((statement, values),) = migration.operations[1].sql
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert {event.pk: event.subject for event in Event.objects.all()} == right
    PurchaseReturn.objects.all().delete()
    refold(shop.chain, [subject])
    assert PurchaseReturn.objects.get().buyer == shop.buyer.address
