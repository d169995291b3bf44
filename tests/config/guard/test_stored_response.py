"""What a stored response knows of itself."""

import time

from config.guard.stored_response import PAIR_BYTES, StoredResponse


def test_age_and_freshness_follow_the_clock() -> None:
    old = StoredResponse([(b"a", b"bc")], b"body", lifetime=10, made=time.monotonic() - 10.5)
    assert (old.age, old.is_fresh, old.size) == (10, False, 4 + PAIR_BYTES + 3)
    assert StoredResponse([], b"", lifetime=60).is_fresh
