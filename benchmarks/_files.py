"""The site as it is, and one file more that everybody gets: settings for `uploads`, and the addresses of that site."""

from __future__ import annotations

import os

from config.settings.demo import *  # noqa: F403  a layer of settings, as those in config/settings

ROOT_URLCONF = "benchmarks._given"
UPLOAD_QUOTA = 10**12
ORIGINS = [os.environ["BENCH_ORIGIN"]]
