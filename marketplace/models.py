"""Every model of the app, for Django to find. Nothing imports from here: each stands in its own package."""

from .buying import orders  # noqa: F401
from .ground import decisions  # noqa: F401
from .listings import access_lists, models, runtime, versions  # noqa: F401
from .onchain import models as onchain  # noqa: F401
from .returns import evidence  # noqa: F401
from .search import index_models, saved  # noqa: F401
