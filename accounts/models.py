"""Who people are: a user is one address; an account is the name under which listings stand."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from . import restrictions
from .addresses import checksum
from .legal.documents import label
from .legal.models import MOST_LABEL, Acceptance
from .notifications import models as notifications

ADDRESS = r"^0x[0-9a-f]{40}$"
ACCOUNT_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"


class UserManager(BaseUserManager["User"]):
    """Users are made by signing in with a wallet; there are no passwords."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(address=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One externally owned or smart account: 20 bytes, lower-case in the database, checksummed on pages."""

    address = models.CharField(max_length=42, unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    # The versions that were accepted last (``legal.documents.label``); ``Acceptance`` has them with their signatures.
    accepted = models.CharField(max_length=MOST_LABEL, blank=True, default="", db_default="")

    unread: int  # notices: what ``backends.users`` adds
    moderates: bool  # the same; ask ``moderators.is_moderator``

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "address"

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(address__regex=ADDRESS), name="user_address_form")]

    def __str__(self) -> str:
        return self.address

    @property
    def checksum(self) -> str:
        """The address as pages show it: with its checksum in the case of its letters (EIP-55)."""
        return checksum(self.address)

    @property
    def owes_acceptance(self) -> bool:
        """Whether the terms, or the privacy notice, have changed since they were accepted."""
        return self.accepted != label()


class AccountQuerySet(models.QuerySet["Account"]):
    """Reads of accounts."""

    def named(self, name: str) -> AccountQuerySet:
        """Return the account of that name, whatever its case, if there is one."""
        return self.alias(lower_name=Lower("name")).filter(lower_name=name.lower())


class Account(models.Model):
    """The owner of listings: the first part of ``owner/name``, unique without case.

    A reserved account is a name that the imported catalogue uses. Nobody publishes under it until the
    organisation itself claims it, and pages say so.
    """

    name = models.CharField(max_length=96)
    # Listings stand under the account, so their owner's user must not vanish.
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="account")
    is_reserved = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints = [
            # Pages find a name whatever its case, so two must not differ by case alone.
            models.UniqueConstraint(Lower("name"), name="account_name_unique"),
            models.CheckConstraint(condition=models.Q(name__regex=ACCOUNT_NAME), name="account_name_form"),
            models.CheckConstraint(
                condition=models.Q(is_reserved=False) | models.Q(user=None), name="account_reserved_has_no_user"
            ),
        ]

    def __str__(self) -> str:
        return self.name
