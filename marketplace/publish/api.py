"""Drafts for programs: the same drafts that the wizard writes, and the transaction that lists one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from accounts.visitors import user_of
from common.access import member_api
from marketplace.manifest.problems import ManifestError, check
from marketplace.manifest.reading import MOST_BYTES, read_toml
from marketplace.manifest.writing import write_toml

from . import actions
from .finding import drafts_of, own_draft
from .models import Draft
from .publishing import mark_sent, prepare_listing
from .standing import standing_of
from .tomls import draft_from

router = Router(tags=["Drafts"])
HASH = r"^0x[0-9a-fA-F]{64}$"


class DraftItem(Schema):
    """A draft at a glance."""

    id: str
    name: str = Field(description="As it says itself, or of the listing that it is a new version of.")
    version: str
    revision: int = Field(description="Counts its changes: name it when you save.")
    updated_at: datetime
    published_at: datetime | None


class DraftFileItem(Schema):
    """A file of a draft."""

    path: str
    sha256: str = Field(description="Empty while it is on its way.")
    size: int | None


class DraftWhole(DraftItem):
    """A draft with all that it says."""

    manifest: dict[str, Any] = Field(description="The shape of citrate.toml, complete or not.")
    filled: dict[str, str] = Field(description="Keys that a file said, not its owner, with the file.")
    files: list[DraftFileItem]


class DraftsAnswer(Schema):
    """The account's drafts, the one that was changed last first; at most fifty are open."""

    items: list[DraftItem]


class DraftToml(Schema):
    """A citrate.toml to begin with; empty: an empty draft."""

    toml: str = Field("", max_length=MOST_BYTES)


class DraftSaved(Schema):
    """Parts that changed, on top of a revision."""

    revision: int = Field(ge=0)
    manifest: dict[str, Any] = Field(description="Each part (`model`, `plans`, …) replaces the one that is kept.")


class StepItem(Schema):
    """A step, and what is left of it in sentences."""

    name: str
    done: int
    of: int
    left: list[str]
    minutes: int


class StandingAnswer(Schema):
    """Where a draft stands on its way to being listed."""

    stage: str = Field(description="`draft`, `prepared`, `sent`, `confirming`, `listed` or `failed`.")
    confirmations: int
    needed: int
    reason: str
    listing: str
    steps: list[StepItem]


class DraftCall(Schema):
    """The transaction that the seller's wallet is to send. Amounts are text."""

    to: str
    data: str
    value: str
    chain_id: int
    nonce: int | None = None


class SentHash(Schema):
    """What the wallet answered."""

    tx_hash: str = Field(pattern=HASH)


@router.get("/drafts", response=DraftsAnswer, summary="Own drafts")
@member_api
def list_model_drafts(request: HttpRequest) -> dict[str, Any]:
    """Return the account's drafts, those that are published too, at most two hundred."""
    return {"items": [_item(each) for each in drafts_of(user_of(request))[:200]]}


@router.post("/drafts", response={201: DraftWhole}, summary="Begin a draft")
@member_api
def post_model_draft(request: HttpRequest, body: DraftToml) -> Status[dict[str, Any]]:
    """Begin a draft, from a citrate.toml if one is given: everything that is wrong with it is told with its line."""
    user = user_of(request)
    if not body.toml.strip():
        return Status(201, _whole(actions.create_draft(user=user)))
    return Status(201, _whole(draft_from(user=user, read=read_toml(body.toml))))


@router.get("/drafts/{draft_id}", response=DraftWhole, summary="One draft")
@member_api
def get_model_draft(request: HttpRequest, draft_id: UUID) -> dict[str, Any]:
    """Return all that a draft says."""
    return _whole(own_draft(user_of(request), draft_id))


@router.patch("/drafts/{draft_id}", response=DraftWhole, summary="Save parts of a draft")
@member_api
def patch_model_draft(request: HttpRequest, draft_id: UUID, body: DraftSaved) -> dict[str, Any]:
    """Save parts; 409 where another device has saved the same part since that revision."""
    user, given = user_of(request), {"revision": body.revision, "manifest": body.manifest}
    return _whole(actions.save_draft(user=user, draft_id=draft_id, **given))  # type: ignore[arg-type]


@router.delete("/drafts/{draft_id}", response={204: None}, summary="Delete a draft")
@member_api
def remove_model_draft(request: HttpRequest, draft_id: UUID) -> Status[None]:
    """Put a draft away; it can be brought back on the site for thirty days."""
    actions.delete_draft(user=user_of(request), draft_id=draft_id)
    return Status(204, None)


@router.get("/drafts/{draft_id}/toml", response=DraftToml, summary="A draft as citrate.toml")
@member_api
def get_model_draft_toml(request: HttpRequest, draft_id: UUID) -> dict[str, Any]:
    """Return the file; 422 with every fault where the draft says what no file can."""
    draft = own_draft(user_of(request), draft_id)
    files = [f for f in draft.files.select_related("blob") if f.blob]
    listed = [{"path": f.path, "sha256": f.blob.sha256, "size": f.blob.size} for f in files if f.blob]
    manifest, problems = check({**draft.manifest, "files": listed})
    if manifest is None:
        raise ManifestError(problems)
    return {"toml": write_toml(manifest)}


@router.get("/drafts/{draft_id}/standing", response=StandingAnswer, summary="What is left of a draft")
@member_api
def get_model_draft_standing(request: HttpRequest, draft_id: UUID) -> dict[str, Any]:
    """Return what is left at each step, and what the chain says."""
    standing = standing_of(own_draft(user_of(request), draft_id))
    names = ("name", "done", "of", "left", "minutes")
    return {
        **{name: getattr(standing, name) for name in ("confirmations", "needed", "reason", "listing")},
        "stage": standing.stage.value,
        "steps": [{name: getattr(step, name) for name in names} for step in standing.steps],
    }


@router.post("/drafts/{draft_id}/listing", response=DraftCall, summary="The transaction that lists a draft")
@member_api
def post_model_draft_listing(request: HttpRequest, draft_id: UUID) -> dict[str, Any]:
    """Return what the wallet is to send, tried already; 422 with all that is left where the draft is not ready."""
    call = prepare_listing(user=user_of(request), draft_id=draft_id)
    parts = {"to": call.to, "data": call.data, "value": str(call.value)}
    return {**parts, "chain_id": call.chain.pk, "nonce": call.nonce}


@router.post("/drafts/{draft_id}/sent", response={204: None}, summary="What the wallet answered")
@member_api
def post_model_draft_sent(request: HttpRequest, draft_id: UUID, body: SentHash) -> Status[None]:
    """Note a transaction's hash: a hint, by which its standing says what became of it."""
    mark_sent(user=user_of(request), draft_id=draft_id, tx_hash=body.tx_hash)
    return Status(204, None)


def _item(draft: Draft) -> dict[str, Any]:
    model: dict[str, Any] = draft.manifest.get("model") or {}
    return {
        "id": str(draft.pk),
        "name": draft.listing or str(model.get("name") or ""),
        "version": str(model.get("version") or ""),
        **{name: getattr(draft, name) for name in ("revision", "updated_at", "published_at")},
    }


def _whole(draft: Draft) -> dict[str, Any]:
    files = [
        {"path": each.path, "sha256": each.blob_id or "", "size": each.blob.size if each.blob else None}
        for each in draft.files.select_related("blob")
    ]
    return {**_item(draft), "manifest": draft.manifest, "filled": draft.filled, "files": files}
