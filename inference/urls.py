"""URLs of what people do with models."""

from django.urls import path

from marketplace import urls as _names  # noqa: F401  registers the converter of names

from . import views

urlpatterns = [
    path("playground/<name:owner>/<name:name>", views.playground, name="playground"),
]
