"""What stands first of the listings that answer a query alike, as SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

ONE_LANGUAGE, MANY_LANGUAGES, SMALL = "one-language", "many-languages", "small"
# From 0 to 1: 1 for one language, 0.3 for twenty; 1 for fifty and more; 1 for a million parameters, 0 for 10 B.
FITS = {
    ONE_LANGUAGE: "case when spoken > 0 then 1 / ln(exp(1.0) - 1 + spoken) else 0.3 end",
    MANY_LANGUAGES: "least(1.0, ln(1.0 + spoken) / ln(51.0))",
    SMALL: "1 - least(1.0, ln(greatest(coalesce(parameters, 1e10), 1e6)::float8 / 1e6) / ln(1e4))",
}


RECORDED = "exists (select from ({listed}) recorded where recorded.id = read.id offset 0)::int"


@dataclass(frozen=True)
class Wish:
    """What stands first: what ``preferences`` name, and what is ``recorded`` as all that is asked.

    ``recorded`` is a subquery of listings' ids with its parameters; where it ``parts`` the result, all that is recorded
    so comes before what only says so. ``light`` are words that say little, because all that is found is what they ask
    for.
    """

    preferences: Collection[str] = ()
    light: Collection[str] = ()
    recorded: tuple[str, Sequence[Any]] | None = None
    parts: bool = False


def listed_in(within: tuple[str, Sequence[Any]] | None, prefix: str = "w") -> tuple[str, dict[str, Any]]:
    """Return a subquery with its parameters by names of this ``prefix``; empty where there is none."""
    if within is None:
        return "", {}
    text, parameters = within
    values = {f"{prefix}{n}": value for n, value in enumerate(parameters)}
    return text % tuple(f"%({name})s" for name in values), values


def fit_sql(wish: Wish, values: dict[str, Any]) -> str:
    """Return SQL for how well a listing fits what is wished for, from 0 to 1; put its parameters into ``values``."""
    parts = [FITS[name] for name in sorted(wish.preferences)]
    preferred = f"(({' + '.join(parts)}) / {len(parts)})" if parts else ""
    if wish.recorded:
        listed, given = listed_in(wish.recorded, "r")
        values.update(given)
        is_recorded = RECORDED.format(listed=listed)
        return f"({is_recorded} * (0.5 + {preferred or 0.5}))::float8"
    return f"{preferred or 0}::float8"
