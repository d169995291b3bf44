"""The staff's back office: every listing and the log of decisions, to read. Moderators decide in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.console import console
from accounts.visitors import user_of
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import licence_label

if TYPE_CHECKING:
    _ListingAdmin = admin.ModelAdmin[Listing]
    _DecisionAdmin = admin.ModelAdmin[ModerationDecision]
else:
    # Generic only for the type checker: Django's class takes no parameter when it runs.
    _ListingAdmin = _DecisionAdmin = admin.ModelAdmin


class ReadOnly:
    """All staff may read, and nobody writes here: moderators do, through the console."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return user_of(request).is_staff

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return user_of(request).is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    # Not even superusers: a change by Django's form would pass by the log of decisions.
    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ShownFilter(admin.SimpleListFilter):
    """Whether listings are hidden."""

    title = gettext_lazy("what visitors see")
    parameter_name = "hidden"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrOrPromise]]:
        return [("yes", _("Hidden")), ("no", _("Shown"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        wanted = self.value()
        return queryset.filter(suspension__isnull=wanted == "no") if wanted else queryset


@admin.register(Listing, site=console)
class ListingAdmin(ReadOnly, _ListingAdmin):
    """Facts of a listing, and what was decided about it."""

    list_display = ("name", "task", "licence", "hidden_since", "category")
    list_filter = (ShownFilter,)
    list_select_related = ("suspension",)
    search_fields = ("name",)
    search_help_text = gettext_lazy("Part of the name, owner/model")
    ordering = ("name",)
    # It would count the whole table on every page of the list.
    show_full_result_count = False
    fields = ("name", "owner", "task", "licence", "parameters", "released", "source", "created_at", "updated_at")
    actions = None
    change_form_template = "admin/marketplace/listing/facts.html"

    @admin.display(description=gettext_lazy("Licence"), ordering="license")
    def licence(self, listing: Listing) -> str:
        return licence_label(listing.license)

    @admin.display(description=gettext_lazy("Hidden since"), ordering="suspension__made_at")
    def hidden_since(self, listing: Listing) -> object:
        return listing.suspension and listing.suspension.made_at

    @admin.display(description=gettext_lazy("Category"), ordering="suspension__category")
    def category(self, listing: Listing) -> str:
        return listing.suspension.get_category_display() if listing.suspension else ""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the facts with the decisions made so far."""
        listing = self.get_object(request, object_id)
        log = ModerationDecision.objects.filter(content=Content.LISTING, key=listing.name if listing else "")
        return super().change_view(request, object_id, form_url, {"title": _("Listing"), "decisions": log})


@admin.register(ModerationDecision, site=console)
class DecisionAdmin(ReadOnly, _DecisionAdmin):
    """The log, to read."""

    list_display = ("made_at", "key", "action", "category", "reason", "moderator", "confirmed_by")
    list_filter = ("action", "category")
    search_fields = ("key", "reason")
    search_help_text = gettext_lazy("Part of a name or of a reason")
    fields = (
        *("made_at", "content", "key", "action", "category", "rule", "reason", "moderator", "confirmed_by"),
        *("automated", "scopes", "until", "tx_hash"),
    )
    actions = None
