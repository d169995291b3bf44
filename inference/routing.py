"""URLs of the sockets."""

from django.urls import path

from marketplace import urls as _names  # noqa: F401  registers the converter of names

from .consumers import PlaygroundConsumer

websocket_urlpatterns = [
    path("ws/playground/<name:owner>/<name:name>", PlaygroundConsumer.as_asgi()),
]
