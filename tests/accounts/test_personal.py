"""Nothing about people is kept that nobody exports, and nothing of somebody erased is left but for a reason."""

from dataclasses import replace

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from accounts.personal import NOBODY, Holding, holdings, reasons, register

CHAIN = (
    "contracts.",
    ".onchain.",
    ".unclaimed.",
)  # modules of tables that are read from a chain, and would be read from it again
# Columns of addresses that are no people's: tokens, contracts and the site's own accounts.
NOT_PEOPLE = {
    ("Order", "token"),
    ("ApiKey", "token"),
    ("Receipt", "signer"),  # the operator
    *((books, "token") for books in ("Account", "Settlement", "Line", "Charge", "CallPayment")),
    ("Carriage", "to"),
    ("RelayerStatus", "account"),
    ("TreasuryReading", "asset"),
    ("AccessList", "members"),  # the seller's list, which a member cannot have
}


def names_somebody(field: models.Field) -> bool:  # type: ignore[type-arg]
    if isinstance(field, ArrayField):
        return names_somebody(field.base_field)
    if field.is_relation:
        return field.related_model is User
    return isinstance(field, models.CharField) and field.max_length == len(NOBODY)


def test_every_column_that_names_somebody_is_spoken_for() -> None:
    said = {(each.model, column) for each in holdings() for column in each.columns}
    missing = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if names_somebody(field) and (model, field.name) not in said
        if (model.__name__, field.name) not in NOT_PEOPLE and not any(part in f"{model.__module__}." for part in CHAIN)
    ]
    assert missing == [], "add these to the holdings.py of their app"


def test_each_table_has_a_name_of_its_own_and_each_reason_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="notices"):
        register(replace(holdings()[0], name="notices"))
    assert all(str(each).endswith(".") for each in reasons())


def test_an_app_that_is_made_ready_again_changes_nothing() -> None:
    before = holdings()
    register(*before)
    assert holdings() == before


@pytest.mark.parametrize("holding", holdings(), ids=lambda each: each.name)
def test_a_table_without_rows_is_exported_and_erased(db: None, holding: Holding) -> None:
    assert list(holding.export("0x" + "a" * 40, 10)) == []
    if holding.erase:
        holding.erase("0x" + "a" * 40)
    assert {*holding.without} <= {field.name for field in holding.model._meta.concrete_fields}
