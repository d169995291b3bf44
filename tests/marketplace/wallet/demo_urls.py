"""The addresses as in the demo."""

from django.urls import path

from marketplace.wallet import views
from tests.accounts.demo_urls import urlpatterns as ours

urlpatterns = [
    *ours,
    path("demo/request", views.request_in_words, name="demo-request"),
    path("demo/dollars", views.demo_dollars, name="demo-dollars"),
]
