"""The addresses as in the demo."""

from django.urls import path

from accounts import demo
from accounts.notifications import mailbox
from config.urls import urlpatterns as ours

urlpatterns = [
    *ours,
    path("demo/wallets", demo.wallets, name="demo-wallets"),
    path("demo/rpc", demo.rpc, name="demo-rpc"),
    path("demo/mailbox", mailbox.mailbox, name="mailbox"),
    path("demo/mailbox/<slug:name>", mailbox.mailbox_mail, name="mailbox-mail"),
    path("demo/mailbox/<slug:name>/html", mailbox.mailbox_html, name="mailbox-html"),
]
