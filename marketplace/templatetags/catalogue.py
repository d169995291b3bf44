"""The field's words, for templates: ``{{ listing.task|task_label }}``."""

from django import template

from marketplace.cards import Card
from marketplace.models import Listing
from marketplace.taxonomy import licence_label, modality_label, task_label

register = template.Library()
register.filter("task_label", task_label)
register.filter("licence_label", licence_label)
register.filter("modality_label", modality_label)


@register.filter
def known_facts(listing: Listing) -> int:
    """How many of the eight facts of a card are recorded."""
    return Card(listing).known
