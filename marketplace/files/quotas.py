"""How many bytes an account may hold here, and how many it holds: each content once, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Aggregate, BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User

from .blobs import Blob, Upload
from .errors import ModelFileTooLargeError, QuotaError, TooManyUploadsError

Held = Callable[[User], "QuerySet[Blob]"]
_held: list[Held] = []


def register(function: Held) -> None:
    """Have the blobs that a function gives count as a user's: a package whose tables refer to blobs says which."""
    _held.append(function)


@dataclass(frozen=True)
class Quota:
    """What a user holds, in bytes, what is still to arrive included; how many uploads are unfinished, and how many
    there were lately."""

    held: int
    most: int
    unfinished: int
    lately: int

    @property
    def left(self) -> int:
        """How many bytes more there may be."""
        return max(self.most - self.held, 0)

    @classmethod
    def of(cls, user: User) -> Quota:
        """Return a user's. One query."""
        uploads, kept = Upload.objects.filter(user=OuterRef("pk")), Blob.objects.filter(_all_of(user))
        arriving = uploads.filter(blob=None)
        size, number = _of(arriving, Sum("size")), _of(arriving, Count("pk"))
        lately, held = _of(uploads, Count("pk")), _of(kept, Sum("size"))
        figures = User.objects.filter(pk=user.pk).values_list(size, number, lately, held).get()
        return cls(figures[0] + figures[3], settings.UPLOAD_QUOTA, *figures[1:3])


def _of(rows: QuerySet[Any], figure: Aggregate) -> Cast:
    """Return one figure of rows, for a query of something else; nothing is zero."""
    whole = rows.order_by().annotate(all=Value(1)).values("all").annotate(figure=figure).values("figure")
    return Cast(Coalesce(Subquery(whole), 0, output_field=BigIntegerField()), BigIntegerField())


def check_size(size: int) -> None:
    """Raise ModelFileTooLargeError where one file is larger than any may be."""
    if size > settings.UPLOAD_MOST:
        said = _("One file may have at most %(most)s, and this one has %(size)s. Split it into shards.")
        raise ModelFileTooLargeError(
            said % {"most": quota_size(settings.UPLOAD_MOST), "size": quota_size(size)},
            most=settings.UPLOAD_MOST,
        )


def check_quota(user: User, size: int) -> None:
    """Raise QuotaError or TooManyUploadsError where a user may not have so many bytes more."""
    quota = Quota.of(user)
    if quota.unfinished >= settings.UPLOADS_UNFINISHED:
        said = ngettext(
            "%(number)d upload is unfinished, which is the most at once. Finish or cancel it first.",
            "%(number)d uploads are unfinished, which is the most at once. Finish or cancel some first.",
            quota.unfinished,
        )
        raise TooManyUploadsError(said % {"number": quota.unfinished})
    if quota.lately >= settings.UPLOADS_LATELY:
        said = _(
            "%(number)s files were sent from this account in a week, which is the most. Pack small files together."
        )
        raise TooManyUploadsError(said % {"number": f"{quota.lately:,}"})
    if size > quota.left:
        said = _(
            "This file has %(size)s, and of the %(most)s that an account may keep here %(left)s are left. "
            "Delete drafts or files that you do not need."
        )
        values = {"size": quota_size(size), "most": quota_size(quota.most), "left": quota_size(quota.left)}
        raise QuotaError(said % values, left=quota.left, most=quota.most)


def quota_size(size: int) -> str:
    """Return a number of bytes as people read it."""
    return filesizeformat(size).replace("\xa0", " ")


def _all_of(user: User) -> Q:
    own = Q(pk__in=Upload.objects.filter(user=user).exclude(blob=None).values("blob"))
    return reduce(or_, (Q(pk__in=function(user).values("pk")) for function in _held), own)
