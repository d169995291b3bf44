"""Addresses of the catalogue; a name is its view's name."""

from django.urls import path, re_path, register_converter

from . import views
from .metadata import CID


class NameConverter:
    """One half of ``owner/model``: what such a name may hold, and nothing else."""

    regex = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(NameConverter, "name")

urlpatterns = [
    path("", views.home, name="home"),
    path("about", views.about, name="about"),
    path("models", views.models, name="models"),
    path("models/<name:owner>", views.owner, name="owner"),
    path("models/<name:owner>/<name:name>", views.model, name="model"),
    path("models/<name:owner>/<name:name>/reference-prices.csv", views.reference_prices, name="reference-prices"),
    re_path(rf"^metadata/(?P<cid>{CID})\.json$", views.metadata, name="metadata"),
]
