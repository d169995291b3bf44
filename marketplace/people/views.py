"""Somebody's page, and the form in which they say who they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.addresses import parse_address
from accounts.visitors import user_of, user_or_none
from common.access import member, public
from common.errors import DomainError
from common.htmx import render_page
from common.redirects import redirect_whole

from .actions import write_profile
from .finding import bio_html, links_of, see
from .forms import DomainForm, ProfileForm
from .models import DomainProof, Profile
from .proving import AGAIN, WELL_KNOWN, forget_domain, prove_domain

UNPROCESSABLE = 422


@public()
def person(request: HttpRequest, address: str) -> HttpResponse:
    """Who an address is: what it says of itself, what it sells, its reviews and its reputation."""
    account = parse_address(address)
    if address != account:
        return redirect_whole(request, reverse("person", args=[account]))
    visitor = user_or_none(request)
    is_own = visitor is not None and visitor.address == account
    context = {
        "person": see(account, request.GET.get("after", "")),
        "is_own": is_own,
        "first": request.path if request.GET.get("after") else "",
    }
    return render_page(request, "marketplace/people/person.html", context)


@member
def profile(request: HttpRequest) -> HttpResponse:
    """Write what one says of oneself; ``preview`` shows it and keeps nothing."""
    user = user_of(request)
    if request.method != "POST":
        kept = Profile.objects.filter(address=user.address).first()
        said = {"name": kept.name, "bio": kept.bio, "links": "\n".join(kept.links)} if kept else {}
        return _form(request, ProfileForm(initial=said))
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=UNPROCESSABLE)
    if "preview" in request.POST:
        return _form(request, form, preview=_preview(form.cleaned_data))
    try:
        write_profile(user=user, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error.detail))
        return _form(request, form, status=error.status)
    return redirect("person", user.address)


@member
def domain(request: HttpRequest) -> HttpResponse:
    """The domain that proves one's name: what to put there, and what was seen; a POST has it looked at, or drops it."""
    user = user_of(request)
    if request.method == "POST" and "forget" in request.POST:
        forget_domain(user=user)
        return redirect("domain")
    form = DomainForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            prove_domain(user=user, domain=form.cleaned_data["domain"])
            return redirect("domain")
        except DomainError as error:
            form.add_error("domain", str(error.detail))
            status = error.status
    elif request.method == "POST":
        status = UNPROCESSABLE
    proof = DomainProof.objects.filter(address=user.address).first()
    if not form.is_bound:
        form = DomainForm(initial={"domain": proof.domain if proof else ""})
    context = {"form": form, "proof": proof, "path": WELL_KNOWN, "again": AGAIN.days}
    response = render_page(request, "marketplace/people/domain.html", context, fragments=("domain-proof",))
    response.status_code = status
    return response


def _preview(said: dict[str, Any]) -> dict[str, Any]:
    return {"name": said["name"], "bio": bio_html(said["bio"]), "links": links_of(said["links"])}


def _form(
    request: HttpRequest, form: ProfileForm, *, preview: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    shown = {"form": form, "preview": preview}
    response = render_page(request, "marketplace/people/profile.html", shown, fragments=("profile-form",))
    response.status_code = status
    return response
