"""Settings of a cluster that a test starts: a task that nobody has ended runs again soon."""

from config.settings.test import *  # noqa: F403
from config.settings.test import Q_CLUSTER

Q_CLUSTER = {**Q_CLUSTER, "timeout": 2, "retry": 3, "guard_cycle": 0.1, "poll": 0.1}
