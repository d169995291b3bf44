"""URLs of what people do with models."""

from django.urls import path

from marketplace import urls as _names  # noqa: F401  registers the converters of names and hashes

from . import views

urlpatterns = [
    path("playground/<name:owner>/<name:name>", views.playground, name="playground"),
    path("models/<name:owner>/<name:name>/samples", views.model_samples, name="model-samples"),
    path("disputes/<hash:receipt>/calls", views.dispute_calls, name="dispute-calls"),
]
