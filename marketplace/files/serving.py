"""Files are given out so that no browser runs them: as what they are, to be saved, in a sandbox of their own."""

from __future__ import annotations

from csp.constants import HEADER
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from .models import Kind, StoredFile

# Should a browser show one all the same, nothing in it is loaded or run.
POLICY = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def answer_file(stored: StoredFile, name: str) -> HttpResponse:
    """Answer with a file, kept by no cache. Raises FileDamagedError. Who may have it is the caller's to ask."""
    kind = f"{stored.kind}; charset=utf-8" if stored.kind == Kind.TEXT else stored.kind
    response = HttpResponse(stored.read(), content_type=kind)
    response[HEADER] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["Cache-Control"] = "private, no-store"
    return response
