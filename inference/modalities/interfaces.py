"""What a version declares that it takes and gives: read from its metadata, the document that the chain names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inference.choosing import offered_version, serving
from inference.errors import NotRunnableError, WrongModeError
from inference.models import Mode, Upstream
from inference.schemas import Schema, files_in, texts_in
from inference.sense_kinds import FILE_BYTES_A_TOKEN, SENSES
from marketplace.listings.versions import MetadataDocument, Version


@dataclass(frozen=True)
class Interface:
    """A listing's version, what answers for it, and the schemas of what goes in and comes out."""

    upstream: Upstream
    version: str
    input: Schema
    output: Schema

    @property
    def listing(self) -> str:
        """Return the name of the listing."""
        return self.upstream.listing

    def weight(self, value: dict[str, Any]) -> int:
        """Return as how many tokens a value counts in fair use, which it has to fit."""
        files = sum(len(each) * 3 // 4 for each in files_in(self.input, value))
        texts = sum(len(each.encode()) for each in texts_in(self.input, value))
        return SENSES[self.upstream.engine].least + files // FILE_BYTES_A_TOKEN + texts // 3


def interface_of(name: str) -> Interface:
    """Return the interface of what is offered. Raises NotRunnableError, WrongModeError where it declares none."""
    found = serving(name)
    if not found:
        raise NotRunnableError
    upstream = found[0]
    if upstream.mode != Mode.SCHEMA:
        raise WrongModeError
    number = offered_version(upstream.listing)
    version = Version.objects.filter(listing__name=upstream.listing, number=number).first()
    declared = _declared(version.metadata_id) if version else None
    if not declared:
        raise WrongModeError
    return Interface(upstream, number, declared["input"], declared["output"])


@lru_cache(maxsize=256)
def _declared(cid: str) -> dict[str, Any] | None:
    """Return what a document declares; under one CID it is the same for ever."""
    content = MetadataDocument.objects.values_list("content", flat=True).get(pk=cid)
    found: dict[str, Any] | None = json.loads(bytes(content)).get("interface")
    return found
