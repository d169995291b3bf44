"""One draft: its steps, which keep themselves while one types, its files, its citrate.toml, and who may read it."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.visitors import user_of
from common.access import member, public
from common.errors import DomainError, NotFoundError, wants_problem
from common.htmx import fragment_of, render_page
from common.limits import limit
from marketplace.ground.wallet_pages import answer_call
from marketplace.manifest.problems import ManifestError
from marketplace.manifest.reading import read_toml

from . import actions, naming
from .checking import records_of
from .fields import of_step
from .filling import fill_facts
from .finding import own_draft, shared_draft
from .inputs import LABELS
from .merging import Change, save_fields
from .offering import chain_for
from .publishing import mark_sent, prepare_listing
from .showing import answer, shown
from .tomls import replace_manifest, toml_text
from .views import toml_of
from .wizard import STEPS, Wizard

PAGE = "marketplace/publish/draft.html"
PARTS = {  # of a step's page, by their ids: what follows by itself
    "files": {"following": "marketplace/publish/_following.html"},
    "checks": {"following": "marketplace/publish/_checks_following.html"},
    "list": {"listing": "marketplace/publish/_list.html"},
}
READS_FILES = ("files", "checks", "card")  # steps in whose course files are read, or that ask what they say
SAVES_A_MINUTE, MINUTE = 180, 60  # of one account
HASH = re.compile(r"0x[0-9a-fA-F]{64}")
MOST_FIELDS = 600_000  # characters of what one save says


@member
@require_GET
def model_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Lead to the first step that something is left of."""
    wizard = _wizard(request, key)
    return HttpResponseRedirect(wizard.address(wizard.standing.next_step))


@member
@require_GET
def draft_step(request: HttpRequest, key: UUID, step: str) -> HttpResponse:
    """One step of a draft, with what its files say by now."""
    user = user_of(request)
    draft = own_draft(user, key)
    records = records_of(draft)
    if step in READS_FILES and fill_facts(draft=draft, facts=records.facts):
        return _page(request, Wizard(own_draft(user, key), user), step)
    return _page(request, Wizard(draft, user, records), step)


def _wizard(request: HttpRequest, key: UUID) -> Wizard:
    user = user_of(request)
    return Wizard(own_draft(user, key), user)


def _page(request: HttpRequest, wizard: Wizard, step: str, *, status: int = 200, **more: Any) -> HttpResponse:
    part = PARTS.get(step, {}).get(fragment_of(request))
    response = render(request, part or PAGE, {**shown(wizard, step), **more, "is_part": part is not None})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    response.status_code = status
    return response


@member
@require_POST
def save_draft_step(request: HttpRequest, key: UUID, step: str) -> HttpResponse:
    """Keep what was typed in a step: by our script what changed, each with what it stood on; else the whole form."""
    user = user_of(request)
    limit(f"model-drafts:{user.address}", SAVES_A_MINUTE, MINUTE)
    is_script = "fields" in request.POST
    changes = _changes(request, step) if is_script else _typed(request, step)
    merged = save_fields(user=user, draft_id=key, changes=changes, coin=_coin(user, key) if step == "price" else "")
    wizard = Wizard(merged.draft, user)
    if is_script:
        return JsonResponse(answer(wizard, request, step, merged.conflicts))
    if merged.conflicts:
        return _page(request, wizard, step, status=409, conflicts=_beside(changes, merged.conflicts))
    then = request.POST.get("then", "")
    return HttpResponseRedirect(wizard.address(then if then in STEPS else step))


def _coin(user: User, key: UUID) -> str:
    chain = chain_for(own_draft(user, key).manifest)
    return chain.coin if chain else ""


def _changes(request: HttpRequest, step: str) -> dict[str, Change]:
    """Read what the script says: by field its value, and the one that it replaces."""
    text = request.POST["fields"]
    known = {field.name for field in of_step(step)}
    try:
        said = json.loads(text) if len(text) <= MOST_FIELDS else {}
        return {name: Change(str(each["now"]), str(each["was"])) for name, each in said.items() if name in known}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotFoundError from None


def _typed(request: HttpRequest, step: str) -> dict[str, Change]:
    """Read a whole form. It says what stood there by ``was-<field>``; a box that is not ticked is not sent."""
    said = request.POST
    found = {}
    for field in of_step(step):
        if field.form == "shares":
            now = "\n".join(
                f"{a} {b}".strip() for a, b in zip(said.getlist("recipient"), said.getlist("percent"), strict=False)
            )
        else:
            now = said.get(field.name, "")
        was = said.get(f"was-{field.name}")
        found[field.name] = Change(_lines(now), None if was is None else _lines(was))
    return {name: each for name, each in found.items() if each.now != each.was}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _beside(changes: dict[str, Change], conflicts: dict[str, str]) -> list[dict[str, Any]]:
    return [{"label": LABELS[name], "mine": changes[name].now, "theirs": theirs} for name, theirs in conflicts.items()]


@member
@require_GET
def draft_names(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say whether a name can be had, while it is typed."""
    wizard = _wizard(request, key)
    owner = request.GET.get("owner", "").strip()
    context: dict[str, Any] = {"wizard": wizard, "owner": owner, "fault": ""}
    try:
        if owner:
            naming.check_owner(owner, wizard.user)
    except DomainError as error:
        context["fault"] = error.detail
    return render_page(request, "marketplace/publish/_owner_said.html", context)


@member
@require_POST
def choose_owner_name(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the name under which all models of this wallet stand."""
    wizard = _wizard(request, key)
    try:
        naming.choose_owner(user=wizard.user, name=request.POST.get("owner", "").strip())
    except DomainError as error:
        if wants_problem(request):
            raise
        return _page(request, wizard, "name", status=error.status, owner_fault=error.detail)
    return HttpResponseRedirect(wizard.address("name"))


@member
@require_POST
def draft_files(request: HttpRequest, key: UUID) -> HttpResponse:
    """Put a file into the draft, or take one out."""
    user, path = user_of(request), request.POST.get("path", "")
    if request.POST.get("do") == "remove":
        actions.remove_file(user=user, draft_id=key, path=path)
    else:
        actions.attach_file(user=user, draft_id=key, path=path, upload_id=_uuid(request.POST.get("upload", "")))
    if wants_problem(request):
        return HttpResponse(status=204)
    return HttpResponseRedirect(reverse("draft-step", args=[key, "files"]))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFoundError from None


@member
def draft_manifest(request: HttpRequest, key: UUID) -> HttpResponse:
    """The draft as a citrate.toml; a POST reads one into it."""
    wizard = _wizard(request, key)
    if request.method == "POST":
        try:
            replace_manifest(wizard.draft, read_toml(toml_of(request)))
        except ManifestError as error:
            context = {"wizard": wizard, "problems": error.problems, "typed": request.POST.get("toml", "")}
            response = render_page(request, "marketplace/publish/manifest.html", context)
            response.status_code = error.status
            return response
        return HttpResponseRedirect(reverse("model-draft", args=[key]))
    if request.GET.get("as") == "file":
        response = HttpResponse(toml_text(wizard.draft), content_type="application/toml; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="citrate.toml"'
        return response
    context = {"wizard": wizard, "typed": toml_text(wizard.draft)}
    return render_page(request, "marketplace/publish/manifest.html", context)


@member
@require_POST
def share_model_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Make a link by which others can read the draft, or take it back."""
    shared = request.POST.get("shared") == "yes"
    actions.share_draft(user=user_of(request), draft_id=key, shared=shared)
    return HttpResponseRedirect(reverse("draft-step", args=[key, "preview"]))


@public()
@require_GET
def shared_model_draft(request: HttpRequest, share_key: str) -> HttpResponse:
    """A draft as somebody reads it who has its link."""
    draft = shared_draft(share_key)
    wizard = Wizard(draft, draft.user)
    context = {**shown(wizard, "preview"), "is_shared": True}
    return render_page(request, "marketplace/publish/shared.html", context)


@member
@require_POST
def delete_model_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete it; for some time it can be brought back."""
    actions.delete_draft(user=user_of(request), draft_id=key)
    return HttpResponseRedirect(f"{reverse('model-drafts')}?deleted={key}")


@member
@require_POST
def list_model_draft(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give the wallet the one transaction that lists the model."""
    call = prepare_listing(user=user_of(request), draft_id=key)
    back = reverse("draft-step", args=[key, "list"])
    return answer_call(request, call, title=_("List it on chain"), back=back)


@member
@require_POST
def draft_sent(request: HttpRequest, key: UUID) -> HttpResponse:
    """Note the transaction that the wallet has sent."""
    tx_hash = request.POST.get("hash", "")
    if not HASH.fullmatch(tx_hash):
        raise NotFoundError
    mark_sent(user=user_of(request), draft_id=key, tx_hash=tx_hash)
    return HttpResponse(status=204)
