"""The addresses as in the demo."""

from django.urls import path

from accounts import demo
from config.urls import urlpatterns as ours

urlpatterns = [
    *ours,
    path("demo/wallets", demo.wallets, name="demo-wallets"),
    path("demo/rpc", demo.rpc, name="demo-rpc"),
]
