"""What delegates say of themselves. It is theirs, off chain, and no fact has anything to do with it."""

from __future__ import annotations

from django.db import models

from contracts.models import address_field


class DelegateStatement(models.Model):
    """A version of a delegate's statement, in Markdown; the last one holds, and an empty one takes it back."""

    author = address_field()
    text = models.TextField(blank=True)
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["author", "-id"], name="statement_author")]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"
