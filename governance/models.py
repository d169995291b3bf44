"""Every model of the app, for Django to find. Nothing imports from here: each stands in its own package."""

from .delegates import models as delegates
from .drafts import models as drafts
from .notices import models as notices
from .onchain import models as onchain
from .relay import models as relay
from .treasury import models as treasury
