"""URLs of signing in and out."""

from django.conf import settings
from django.urls import path

from . import demo, views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/start", views.start, name="sign-in-start"),
    path("sign-in/nonce", views.nonce, name="sign-in-nonce"),
    path("sign-out", views.sign_out, name="sign-out"),
]

# Not even routed elsewhere: it signs for anybody who reaches it.
if settings.DEMO:
    urlpatterns += [
        path("demo/wallets", demo.wallets, name="demo-wallets"),
        path("demo/rpc", demo.rpc, name="demo-rpc"),
    ]
