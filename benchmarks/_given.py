"""Addresses of the site that `uploads` measures: its own, and one that gives any blob."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from common.access import public
from marketplace.files.blobs import Blob
from marketplace.files.ranges import answer_blob


@public()
def give(request: HttpRequest, sha256: str) -> HttpResponse:
    """Give a blob."""
    return answer_blob(request, Blob.objects.get(pk=sha256), "model.bin")


urlpatterns = [path("files/bench/<str:sha256>", give), path("", include("config.urls"))]
