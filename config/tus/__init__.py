"""Uploads of model files: tus 1.0 (core, creation, creation-with-upload, termination, checksum), beside Django.

Django's own ASGI handler writes a body to disk whole before a view runs. Here who sends is asked first, and bytes go
into the upload's file as they come.
"""

from .application import Uploads

__all__ = ["Uploads"]
