"""Writing citrate.toml, with comments that help whoever goes on with it in an editor."""

from __future__ import annotations

from typing import Any

import tomlkit
from django.utils.translation import gettext as _
from tomlkit.items import Item

from .schema import SCHEMA_ID, Manifest

LONG = 80  # characters, from which a text is written over lines


def write_toml(manifest: Manifest, *, schema_url: str = "") -> str:
    """Return the file of a manifest; read again it is the same manifest. ``schema_url`` is for editors."""
    said = manifest.as_dict()
    document = tomlkit.document()
    # Editors (Taplo, Even Better TOML) look here for the schema.
    document.add(tomlkit.comment(f":schema {schema_url or SCHEMA_ID}"))
    document.add(
        tomlkit.comment(_("One model for Citrate Marketplace. Whatever is left out is asked for on the site."))
    )
    for key, value in said.items():
        if not isinstance(value, dict) and not _is_tables(value):
            document.add(key, _item(value))
    for key, value in said.items():
        if isinstance(value, dict):
            _add(document, key, _table(value))
        elif _is_tables(value):
            _add(document, key, _tables(value))
    return document.as_string()


def _add(document: tomlkit.TOMLDocument, key: str, item: Item) -> None:
    document.add(tomlkit.nl())
    if comment := _comments().get(key):
        document.add(tomlkit.comment(comment))
    document.add(key, item)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _table(values: dict[str, Any]) -> tomlkit.items.Table:
    table = tomlkit.table()
    for key, value in values.items():
        table.add(key, _item(value))
    return table


def _tables(rows: list[dict[str, Any]]) -> tomlkit.items.AoT:
    made = tomlkit.aot()
    for row in rows:
        made.append(_table(row))
    return made


def _item(value: Any) -> Item:
    if isinstance(value, str) and "\n" in value and len(value) > LONG:
        return _lines(value)
    if isinstance(value, list):
        array = tomlkit.array()
        array.extend(value)
        array.multiline(sum(len(str(each)) for each in value) > LONG)
        return array
    made: Item = tomlkit.item(value)
    return made


def _lines(text: str) -> Item:
    """Return a text over lines, as it reads; as one line where it has what such a text would need to hide."""
    if "'''" not in text and not text.endswith("'") and text.replace("\n", "").replace("\t", "").isprintable():
        return tomlkit.string(f"\n{text}", multiline=True, literal=True)
    made: Item = tomlkit.item(text)
    return made


def _comments() -> dict[str, str]:
    return {
        "model": _("What the model is. What the files say of it is read from them."),
        "card": _("Its description: a Markdown file of the folder, or the text itself."),
        "files": _("Files as they were checked: change one, and its sha256 changes with it."),
        "endpoints": _("Servers that answer for it. A key never stands here: give it on the site."),
        "plans": _("Prices are text in quotes, in whole units of the currency, so that no digit is lost."),
        "rates": _("Prices for 1,000,000 tokens."),
        "splits": _("Who shares what it earns. The rest is yours."),
        "adapted_from": _("Where it comes from; the royalty, in per cent, is fixed for ever once it is listed."),
        "access": _("open: everybody may buy. gated: whom you let in. listed: only who is in “allow”."),
        "passes": _("Whether holders may give their passes on, or resell them."),
        "fair_use": _("What one pass may use."),
    }
