"""Addresses of the API that OpenAI's clients know, whole: ``config.direct`` asks no others."""

from django.urls import path

from . import views

urlpatterns = [
    path("v1/models", views.api_models, name="v1-models"),
    path("v1/models/<path:name>", views.api_model, name="v1-model"),
    path("v1/chat/completions", views.api_chat, name="v1-chat"),
    path("v1/completions", views.api_completions, name="v1-completions"),
    path("v1/embeddings", views.api_embeddings, name="v1-embeddings"),
    path("v1/", views.api_unknown, name="v1-root"),
    path("v1/<path:path>", views.api_unknown, name="v1-unknown"),
]
