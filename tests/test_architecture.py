"""Rules of the house that no linter knows."""

import ast
import os
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.console import console
from config.api import api
from stack.imports import sources

APPS = ("config", "governance", "inference", "marketplace", "accounts", "contracts", "common")
MARKS = {"public", "member", "staff", "moderator"}


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, object]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.namespace != api.urls_namespace:
                yield from views(pattern.url_patterns)
        else:
            yield str(pattern.pattern), pattern.callback


def test_every_view_says_who_may_open_it() -> None:
    found = list(views(get_resolver().url_patterns))
    assert found
    assert [path for path, view in found if getattr(view, "access", None) not in MARKS] == []


def test_every_api_operation_says_who_may_call_it() -> None:
    found = 0
    for _prefix, router in api._routers:
        for path_view in router.path_operations.values():
            for operation in path_view.operations:
                found += 1
                assert getattr(operation.view_func, "access", None) in MARKS, operation.operation_id
    assert found


def test_the_web_and_the_watch_load_nothing_that_sends_transactions() -> None:
    """It needs web3, whose 300 modules cost a process 0.4 s at each start, and 14 MB."""
    sends = settings.BASE_DIR / "contracts" / "chain" / "transactions.py"
    assert sends in sources(settings.BASE_DIR / "marketplace" / "management" / "commands" / "keep_payouts.py")
    for entrance in ("config/asgi.py", "config/urls.py", "inference/management/commands/watch_engines.py"):
        assert sends not in sources(settings.BASE_DIR / entrance), entrance


@pytest.mark.xdist_group("architecture")
def test_the_tests_of_a_group_run_on_one_worker(request: pytest.FixtureRequest) -> None:
    assert "PYTEST_XDIST_WORKER" not in os.environ or request.node.nodeid.endswith("@architecture")


ENTRANCES = {
    "admin",
    "api",
    "console",
    "consumers",
    "event_handlers",
    "feeds",
    "model_views",
    "routing",
    "search_api",
    "search_views",
    "tasks",
    "terms_views",
    "urls",
    "views",
}
WRITES = {
    "abulk_create",
    "acreate",
    "adelete",
    "aget_or_create",
    "asave",
    "aupdate",
    "bulk_create",
    "bulk_update",
    "create",
    "delete",
    "execute",
    "executemany",
    "get_or_create",
    "save",
    "select_for_update",
    "update_or_create",
}


def entrances() -> list[Path]:
    """Return the modules where requests, messages, tasks and events come in."""
    return sorted(path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py") if path.stem in ENTRANCES)


def writes_in(tree: ast.AST) -> Iterator[str]:
    """Yield each call that writes to the database; decorators such as ``@router.delete`` do not."""
    decorators = {id(each) for node in ast.walk(tree) for each in getattr(node, "decorator_list", [])}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in decorators:
            is_update = node.func.attr == "update" and bool(node.keywords) and not node.args
            if node.func.attr in WRITES or is_update:
                yield f"line {node.lineno}: .{node.func.attr}()"


def test_entrances_write_nothing_themselves() -> None:
    assert entrances()
    for path in entrances():
        assert list(writes_in(ast.parse(path.read_text()))) == [], path


@pytest.mark.parametrize(
    "line",
    [
        "order.save()",
        "Order.objects.create(ref=ref)",
        "Order.objects.filter(pk=1).update(state=2)",
        "Order.objects.filter(pk=1).delete()",
        "cursor.execute('update x')",
    ],
)
def test_a_write_would_be_seen(line: str) -> None:
    assert list(writes_in(ast.parse(line)))


@pytest.mark.parametrize(
    "line", ["context.update({'a': 1})", "@router.delete('/x')\ndef f(): ...", "Order.objects.get()"]
)
def test_what_writes_nothing_is_not(line: str) -> None:
    assert not list(writes_in(ast.parse(line)))


def test_what_the_console_changes_goes_through_an_action() -> None:
    """Django's admin writes by itself, unless a page of it forbids or replaces that."""
    for model, page in console._registry.items():
        own = type(page)
        saves = (
            own.save_model is not ModelAdmin.save_model
            or own.has_change_permission is not ModelAdmin.has_change_permission
        )
        adds = (
            own.save_model is not ModelAdmin.save_model or own.has_add_permission is not ModelAdmin.has_add_permission
        )
        deletes = own.has_delete_permission is not ModelAdmin.has_delete_permission
        assert saves and adds and deletes, f"{model.__name__} is written by Django's admin itself"  # noqa: PT018


@cache
def layers(name: str) -> list[str]:
    """Return the layers of a contract of import-linter, the highest first."""
    contracts = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = (contract["layers"] for contract in contracts if contract["name"].startswith(name))
    return list(found)


def depth(module: str) -> tuple[int, int]:
    """Return how deep a module lies: its app's place among the apps, and its package's inside marketplace."""
    app, _, rest = module.partition(".")
    rooms = [layer.split(" | ") for layer in layers("Inside marketplace: packages")]
    room = next((at for at, layer in enumerate(rooms) if rest.partition(".")[0] in layer), 0)
    return layers("Apps import downwards").index(app), room if app == "marketplace" else 0


ROOM = "marketplace.onchain"
RELATIONS = [
    (model, field.name, field.related_model)
    for model in apps.get_models()
    for field in model._meta.get_fields()
    if field.is_relation and field.concrete and model.__module__.partition(".")[0] in APPS
    if isinstance(field.related_model, type) and field.related_model.__module__.partition(".")[0] in APPS
]


def points_down(model: type[Model], other: type[Model]) -> bool:
    """As imports do; and what people or we wrote refers to facts of a chain by their names, never by a key, so that a
    reorganised chain cannot take it along."""
    on_chain = (other.__module__.startswith(ROOM), model.__module__.startswith(ROOM))
    of_blocks = (other.__name__ in {"Block", "Event"}, model.__module__ == "contracts.models")
    is_below = depth(other.__module__) >= depth(model.__module__)
    return is_below and on_chain != (True, False) and of_blocks != (True, False)


def test_foreign_keys_point_down() -> None:
    assert RELATIONS
    assert [f"{model.__name__}.{name}" for model, name, other in RELATIONS if not points_down(model, other)] == []
