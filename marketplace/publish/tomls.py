"""A draft as citrate.toml, and the other way round."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.db import transaction

from accounts.models import User
from common.errors import DomainError
from marketplace.manifest.problems import ManifestError, Problem, check
from marketplace.manifest.schema import Manifest
from marketplace.manifest.writing import write_toml

from .actions import create_draft, save_draft
from .hooks import endpoints_of, take_endpoint
from .models import Draft
from .shaping import as_parts

APART = ("schema", "files", "endpoints")  # of these, the draft has rows of its own


def refusal(sentence: str) -> ManifestError:
    """Return the error of a file that is none, for the one reason."""
    return ManifestError([Problem((), sentence)])


def toml_text(draft: Draft) -> str:
    """Return the draft's citrate.toml, without what is typed only in part: with its files' hashes, and its servers."""
    data = deepcopy(draft.manifest)
    files = draft.files.exclude(blob=None).select_related("blob")
    data["files"] = [
        {"path": each.path, "sha256": each.blob.sha256, "size": each.blob.size} for each in files if each.blob
    ]
    data["endpoints"] = endpoints_of(draft.pk)
    return write_toml(_sound(data))


@transaction.atomic
def draft_from(*, user: User, read: Manifest) -> Draft:
    """Begin a draft that says what a citrate.toml does, with the servers that it names: their keys are asked later.

    Raises ManifestError where one of them cannot be, and as ``create_draft`` does.
    """
    made = create_draft(user=user, manifest=as_parts(read))
    _take_endpoints(made, read)
    return made


@transaction.atomic
def replace_manifest(draft: Draft, read: Manifest) -> Draft:
    """Put what a citrate.toml says in the place of what the draft said, and add the servers that it names; files and
    servers that are there stay. Raises ManifestError, and as ``save_draft`` does."""
    said = {part: value for part, value in as_parts(read).items() if part not in APART}
    kept = save_draft(user=draft.user, draft_id=draft.pk, revision=draft.revision, manifest=said)
    _take_endpoints(kept, read)
    return kept


def _take_endpoints(draft: Draft, read: Manifest) -> None:
    problems = []
    for place, each in enumerate(read.endpoints):
        try:
            take_endpoint(draft=draft, url=each.url, model=each.model)
        except DomainError as error:
            problems.append(Problem(("endpoints", place, "url"), str(error.detail)))
    if problems:
        raise ManifestError(problems)


def _sound(data: dict[str, Any]) -> Manifest:
    """Return the manifest that the data is without what is wrong in it."""
    while True:
        made, problems = check(data)
        if made is not None:
            return made
        # The last first: taking one out of a list moves those behind it.
        for problem in sorted(problems, key=lambda each: [str(part).zfill(6) for part in each.place], reverse=True):
            _take_out(data, problem.place)


def _take_out(data: Any, place: tuple[str | int, ...]) -> None:
    *ways, last = place or ("",)
    for way in ways:
        if isinstance(data, list) and isinstance(way, int) and way < len(data):
            data = data[way]
        elif isinstance(data, dict) and isinstance(data.get(str(way)), dict | list):
            data = data[str(way)]
        else:
            return
    if isinstance(data, dict):
        data.pop(str(last), None)
    elif isinstance(data, list) and isinstance(last, int) and last < len(data):
        del data[last]
