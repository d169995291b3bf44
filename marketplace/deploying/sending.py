"""Sends the bytes of a file, once somebody may have them."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponseBase

from marketplace.files.blobs import Blob

from .errors import FileMissingError


def answer_blob(request: HttpRequest, blob: Blob, name: str) -> HttpResponseBase:
    """Answer with a blob, kept by no cache."""
    try:
        response = FileResponse(blob.open(), as_attachment=True, filename=name, content_type="application/octet-stream")
    except OSError as error:
        raise FileMissingError from error
    response["Cache-Control"] = "private, no-store"
    response["Content-Encoding"] = "identity"
    response["X-Content-Type-Options"] = "nosniff"
    return response
