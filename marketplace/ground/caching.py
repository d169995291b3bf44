"""How long anonymous pages may be kept."""

from __future__ import annotations

KEEP = 30  # seconds that an anonymous page may be kept
