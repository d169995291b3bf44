"""A site that gives one file to everybody."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from common.access import public
from marketplace.files.blobs import Blob
from marketplace.files.ranges import answer_blob

blobs: dict[str, Blob] = {}


@public()
def give(request: HttpRequest, name: str) -> HttpResponse:
    """Give the file."""
    return answer_blob(request, blobs["it"], name)


urlpatterns = [path("files/<path:name>", give)]
