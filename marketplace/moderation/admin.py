"""The staff's back office: every listing to read, hide and show again, and the log of all decisions."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from accounts.console import console
from accounts.visitors import user_of
from common.errors import DomainError
from marketplace.ground.caching import KEEP
from marketplace.ground.decisions import Content, ModerationDecision
from marketplace.listings.models import Listing
from marketplace.listings.taxonomy import licence_label

from .forms import HideForm, ShowForm
from .hiding import hide_listing, show_listing

if TYPE_CHECKING:
    _ListingAdmin = admin.ModelAdmin[Listing]
    _DecisionAdmin = admin.ModelAdmin[ModerationDecision]
else:
    # Generic only for the type checker: Django's class takes no parameter when it runs.
    _ListingAdmin = _DecisionAdmin = admin.ModelAdmin


class ReadOnly:
    """All staff may read, and nobody writes except through the actions of this module."""

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
    """Facts of a listing, and the one decision to take about it."""

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

    def get_urls(self) -> list[URLPattern]:
        """Add the page that decides."""
        decide = self.admin_site.admin_view(self.decide)
        return [path("<int:pk>/decide/", decide, name="marketplace_listing_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the facts with the decisions made so far."""
        listing = self.get_object(request, object_id)
        log = ModerationDecision.objects.filter(content=Content.LISTING, key=listing.name if listing else "")
        return super().change_view(request, object_id, form_url, {"title": _("Listing"), "decisions": log})

    def decide(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask why, and hide what is shown or show what is hidden."""
        listing = get_object_or_404(Listing.objects.select_related("suspension"), pk=pk)
        # What the listing is now decides which form this is, so a stale page cannot do the opposite.
        form = (ShowForm if listing.suspension else HideForm)(request.POST or None)
        if request.method == "POST" and form.is_valid() and self._decided(request, listing, form):
            return redirect("admin:marketplace_listing_change", pk)
        title = _("Show %(name)s again") if listing.suspension else _("Hide %(name)s")
        context = {
            **self.admin_site.each_context(request),
            "title": title % {"name": listing.name},
            "listing": listing,
            "form": form,
            "opts": self.opts,
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        return TemplateResponse(request, "admin/marketplace/listing/decide.html", context, status=status)

    def _decided(self, request: HttpRequest, listing: Listing, form: Form) -> bool:
        """Make the decision that the form asks for, and say what follows; False with the refusal in the form."""
        decide = hide_listing if isinstance(form, HideForm) else show_listing
        try:
            decision = decide(moderator=user_of(request), name=listing.name, **form.cleaned_data)
        # In the form, where the moderator's reason is not lost.
        except DomainError as error:
            form.add_error(None, str(error.detail))
            return False
        said = _("%(decision)s. Visitors who are not signed in may see the former page for up to %(seconds)s seconds.")
        messages.success(request, said % {"decision": decision, "seconds": KEEP})
        return True


@admin.register(ModerationDecision, site=console)
class DecisionAdmin(ReadOnly, _DecisionAdmin):
    """The log, to read."""

    list_display = ("made_at", "key", "action", "category", "reason", "moderator")
    list_filter = ("action", "category")
    search_fields = ("key", "reason")
    search_help_text = gettext_lazy("Part of a name or of a reason")
    fields = ("made_at", "content", "key", "action", "category", "reason", "moderator")
    actions = None
