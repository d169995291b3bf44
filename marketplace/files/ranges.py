"""Model files are given out whole or from any byte on, so that a download that broke off goes on where it was.

Who may have a file is the caller's to ask: at each request, and again by ``allowed`` while a long one is answered. The
thread that asks is free again before a byte is sent (``common.slices``).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any, cast

from csp.constants import HEADER
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from common.slices import PIECE, Slice

from .blobs import Blob, storage
from .serving import POLICY
from .stores import path_of

KIND = "application/octet-stream"
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


def answer_blob(request: HttpRequest, blob: Blob, name: str, allowed: Callable[[], bool] | None = None) -> HttpResponse:
    """Answer with a blob, or with the range of it that is asked for (RFC 9110): to be saved under the end of ``name``,
    in a sandbox, kept by no cache. From an object store it comes by an address that is good for a minute.

    ``allowed`` is asked again while it is sent from here, in another thread: what is false then ends it.

    Raises OSError where the bytes are not where they should be.
    """
    if (path := path_of(blob)) is None:
        away = HttpResponseRedirect(_address(blob, name))
        away["Cache-Control"] = "private, no-store"
        return away
    if request.method == "GET" and _is_known(request, blob):
        return _dressed(HttpResponse(status=HTTPStatus.NOT_MODIFIED), blob, name)
    span = span_of(request, blob)
    if span is not None and not span:
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, content_type=KIND)
        response["Content-Range"] = f"bytes */{blob.size}"
        return _dressed(response, blob, name)
    sent = range(blob.size) if span is None else span
    if request.method == "HEAD":
        response = HttpResponse(content_type=KIND)
    else:
        # What compresses answers would have to read it.
        request.META.pop("HTTP_ACCEPT_ENCODING", None)
        response = SliceResponse(Slice(path, sent.start, len(sent), allowed), content_type=KIND)
    if span is not None:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {sent.start}-{sent.stop - 1}/{blob.size}"
    response["Content-Length"] = str(len(sent))
    return _dressed(response, blob, name)


class SliceResponse(StreamingHttpResponse):
    """An answer that a server with ``wsgi.file_wrapper`` sends by itself, and that others, tests too, read as usual."""

    block_size = PIECE

    def __init__(self, found: Slice, **given: Any) -> None:
        super().__init__(found, **given)
        self.file_to_stream = found


def span_of(request: HttpRequest, blob: Blob) -> range | None:
    """Return which bytes are asked for, none where there are no such; None where it is not for a range of them.

    Several ranges at once are not given: all of it is, which who asked may have to read.
    """
    found = RANGE.fullmatch(request.headers.get("Range", "").strip())
    if request.method != "GET" or not found or not any(found.groups()):
        return None
    if (condition := request.headers.get("If-Range")) and condition.strip() != etag_of(blob):
        return None
    first, last = found.groups()
    if first and last and int(last) < int(first):
        return None  # which is no range
    whole = range(blob.size)
    if not first:
        return whole[max(blob.size - int(last), 0) :]
    return whole[int(first) : int(last) + 1 if last else blob.size]


def etag_of(blob: Blob) -> str:
    """Return a blob's tag: what is in it."""
    return f'"{blob.sha256}"'


def _is_known(request: HttpRequest, blob: Blob) -> bool:
    known = [tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))]
    return etag_of(blob) in known or "*" in known


def _dressed(response: HttpResponseBase, blob: Blob, name: str) -> HttpResponse:
    response["ETag"] = etag_of(blob)
    response["Accept-Ranges"] = "bytes"
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(blob.sha256)).decode()}:"
    response["Content-Disposition"] = _disposition(name)
    response[HEADER] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)  # as views are typed; one that streams is none


def _disposition(name: str) -> str:
    return str(content_disposition_header(as_attachment=True, filename=PurePosixPath(name).name))


def _address(blob: Blob, name: str) -> str:
    """Return an address of an object store's that gives the blob for some minutes."""
    said = {"ResponseContentDisposition": _disposition(name), "ResponseContentType": KIND}
    return str(cast(Any, storage()).url(blob.key, parameters=said))
