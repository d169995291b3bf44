"""URLs of the websockets."""

from django.urls import path, re_path

from .buying.consumers import ChainConsumer, OrderConsumer
from .community.consumers import DiscussionConsumer
from .publish.consumers import DraftConsumer

websocket_urlpatterns = [
    re_path(r"^ws/orders/(?P<ref>0x[0-9a-f]{64})\Z", OrderConsumer.as_asgi()),
    re_path(r"^ws/discussions/(?P<group>[0-9a-f]{32})\Z", DiscussionConsumer.as_asgi()),
    path("ws/drafts/<uuid:key>", DraftConsumer.as_asgi()),
    re_path(r"^ws/chains/(?P<chain>[a-z0-9-]{1,32})\Z", ChainConsumer.as_asgi()),
]
