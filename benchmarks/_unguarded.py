"""What `slow_posts` compares with: Django's pages behind a2wsgi alone, with as many threads."""

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application

application = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=int(os.environ.get("WEB_THREADS", "8")))
