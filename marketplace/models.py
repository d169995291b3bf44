"""Every model of the app, for Django to find. Nothing imports from here: each stands in its own package."""

from .buying import orders
from .checks import models as checks
from .community import models as community
from .files import blobs
from .files import models as files
from .gating import models as gating
from .ground import cases, decisions, formulas, log
from .listings import access_lists, gates, models, performance, runtime, versions
from .onchain import models as onchain
from .people import models as people
from .pinning import models as pinning
from .publish import models as publish
from .reports import models as reports
from .reputation import models as reputation
from .returns import evidence, statements
from .scores import models as scores
from .scores import score_models
from .search import index_models, saved
from .unclaimed import models as unclaimed
