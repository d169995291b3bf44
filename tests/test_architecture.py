"""Rules of the house that no linter knows."""

import os
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from config.api import api

MARKS = {"public", "member", "staff"}


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != api.urls_namespace:
                yield from views(pattern.url_patterns)
        else:
            yield str(pattern.pattern), pattern.callback


VIEWS = list(views(get_resolver().url_patterns))


@pytest.mark.parametrize(("path", "view"), VIEWS, ids=[path or "/" for path, _ in VIEWS])
def test_every_view_says_who_may_open_it(path: str, view: object) -> None:
    assert getattr(view, "access", None) in MARKS, f"{path} has no access mark"


def test_every_api_operation_says_who_may_call_it() -> None:
    found = 0
    for _prefix, router in api._routers:
        for path_view in router.path_operations.values():
            for operation in path_view.operations:
                found += 1
                assert getattr(operation.view_func, "access", None) in MARKS, operation.operation_id
    assert found


@pytest.mark.xdist_group("architecture")
def test_the_tests_of_a_group_run_on_one_worker(request: pytest.FixtureRequest) -> None:
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@architecture")
