"""Every page of the admin, for Django to find."""

from .moderation import admin
