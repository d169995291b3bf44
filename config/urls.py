"""Every address of the site. An app's own addresses are in its ``urls``."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from accounts.console import console
from common import health
from common import views as common_views

from . import views
from .api import api

handler400 = "common.views.bad_request"
handler403 = "common.views.permission_denied"
handler404 = "common.views.page_not_found"
handler500 = "common.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("marketplace.urls")),  # first: most of what is asked for is there
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("admin/", console.urls),
    path("keyboard", common_views.keyboard, name="keyboard"),
    path("commands", common_views.commands, name="commands"),
    path("api/", views.api_docs, name="api-docs"),
    path("api/pay_one_call.py", views.pay_script, name="pay-script"),
    path("api/v1/", api.urls),
    path("", include("accounts.urls")),
    path("", include("inference.urls")),
    path("", include("governance.urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("styleguide", common_views.styleguide, name="styleguide"))
