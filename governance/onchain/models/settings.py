"""The DAO's settings, and who may stop what."""

from __future__ import annotations

from django.db import models

from contracts.models import Fact, address_field


class SettingFact(Fact):
    """A setting of the DAO or of its timelock was changed; ``name`` is its event's, such as ``VotingDelaySet``.

    Values are as text; ``CapsSet`` has two, and does not say the old ones.
    """

    name = models.CharField(max_length=32)
    old_value = models.CharField(max_length=78)
    new_value = models.CharField(max_length=78)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "name"], name="setting_name")]


class MandateFact(Fact):
    """The guardian has another member, or its member another mandate."""

    previous = address_field()
    member = address_field()
    mandate_end = models.DateTimeField()
