"""URLs of signing in and out, and of notifications."""

from django.conf import settings
from django.urls import path, re_path

from . import demo, views, walletconnect
from .legal import views as legal
from .legal.models import Document
from .notifications import feeds, link_views, mailbox
from .notifications import views as notifications

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in/start", views.start, name="sign-in-start"),
    path("sign-in/nonce", views.nonce, name="sign-in-nonce"),
    path("account/accept", legal.accept_terms, name="accept-terms"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("account/notifications", notifications.notifications, name="notifications"),
    path("account/notifications/<int:pk>/open", notifications.open_notification, name="open-notification"),
    path("account/notifications/read", notifications.read_notifications, name="read-notifications"),
    path("account/notifications/preferences", notifications.notification_preferences, name="notification-preferences"),
    path("account/notifications/mail", notifications.set_mail, name="set-mail"),
    path("account/notifications/feeds", notifications.set_feeds, name="set-feeds"),
    path("account/notifications/confirm", link_views.confirm_mail, name="confirm-mail"),
    path("account/notifications/unsubscribe", link_views.unsubscribe, name="unsubscribe"),
    path("account/notifications/feed", feeds.notice_feed, name="notice-feed"),
    path("account/calendar.ics", feeds.own_calendar, name="own-calendar"),
]

for name in Document.values:
    urlpatterns += [
        path(name, legal.document, {"name": name}, name=name),
        path(f"{name}/<int:version>", legal.document, {"name": name}, name=f"{name}-version"),
        path(f"{name}/<int:version>/changes", legal.document_changes, {"name": name}, name=f"{name}-changes"),
        path(f"{name}/<int:version>/<slug:digest>", legal.document, {"name": name}, name=f"{name}-text"),
    ]

# Not even routed elsewhere: it signs for anybody who reaches it, and shows everybody's mail.
if settings.DEMO:
    urlpatterns += [
        path("demo/wallets", demo.wallets, name="demo-wallets"),
        path("demo/rpc", demo.rpc, name="demo-rpc"),
        path("demo/mailbox", mailbox.mailbox, name="mailbox"),
        path("demo/mailbox/<slug:name>", mailbox.mailbox_mail, name="mailbox-mail"),
        path("demo/mailbox/<slug:name>/html", mailbox.mailbox_html, name="mailbox-html"),
    ]

if settings.WALLETCONNECT_PROJECT_ID:
    regex = r"^wallet/receipts/(?P<chain_id>[0-9]{1,18})/(?P<tx_hash>0x[0-9a-f]{64})\Z"
    urlpatterns += [re_path(regex, walletconnect.receipt, name="wallet-receipt")]
