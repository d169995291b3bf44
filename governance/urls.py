"""URLs of the DAO's pages, named after their views."""

from django.urls import path

from .proposals import views as proposals

urlpatterns = [
    path("dao", proposals.dao, name="dao"),
]
