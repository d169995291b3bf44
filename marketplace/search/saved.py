"""Saved searches, whose owners see what is new in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import MD5
from django.urls import reverse
from django.utils import timezone

MOST_SAVED = 50  # of one account
MOST_QUERY = 4000  # characters of an address: 200 of any script, and dozens of filters
MOST_TITLE = 200


class SavedSearch(models.Model):
    """A search by the query of its address (``q=german&task=text-ranking``), and when its owner last looked at it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches")
    title = models.CharField(max_length=MOST_TITLE)
    query = models.CharField(max_length=MOST_QUERY, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("user", MD5("query"), name="saved_search_once")]
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('models')}?{self.query}" if self.query else reverse("models")
