"""Reads what a request says of the answer that it wants: what a server must be able to do, and what it may follow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from .errors import ProtocolError, refused, unsupported

MOST_TOOLS = 128
MOST_TOOLS_BYTES = 64_000
MOST_SCHEMA_BYTES = 64_000
MOST_BIASES = 300
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")

Reader = Callable[[str, Any], None]  # raises ProtocolError for what it does not take

# What is known and changes nothing here: there is nobody whom it would be told.
UNHEARD = {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "verbosity"}
NEVER = {"functions", "function_call", "audio", "prediction", "web_search_options"}


def read_options(said: dict[str, Any], known: set[str]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return what a server has to be able to do, what it may follow, and the names of what nobody hears.

    ``known`` is what others read. Raises ProtocolError.
    """
    options: dict[str, Any] = {}
    hints: dict[str, Any] = {}
    unheard: list[str] = []
    for name, value in said.items():
        if name in known:
            continue
        if name in UNHEARD:
            unheard.append(name)
        elif name in HINTS:
            HINTS[name](name, value)
            hints[name] = value
        elif name in OPTIONS:
            OPTIONS[name](name, value)
            if value != DEFAULTS.get(name):
                options[name] = value
        elif name in NEVER or (name == "modalities" and value != ["text"]):
            raise unsupported(name)
        elif name != "modalities":
            raise ProtocolError(
                _("Unrecognized request argument supplied: %(name)s") % {"name": name[:60]},
                code="unknown_parameter",
                param=name[:60],
            )
    _refuse_lonely(options)
    return options, hints, unheard


def _refuse_lonely(options: dict[str, Any]) -> None:
    """Refuse what says how to use tools where there are none."""
    if "tools" not in options:
        options.pop("parallel_tool_calls", None)
        if options.pop("tool_choice", "none") != "none":
            raise refused("tool_choice", _("'tool_choice' is only allowed when 'tools' are specified."))


def _between(least: float, most: float) -> Reader:
    def read(name: str, value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            words = _("'%(name)s' has to be a number from %(least)s to %(most)s.")
            raise refused(name, words % {"name": name, "least": least, "most": most})

    return read


def _whole(least: int, most: int) -> Reader:
    def read(name: str, value: Any) -> None:
        if type(value) is not int or not least <= value <= most:
            words = _("'%(name)s' has to be a whole number from %(least)d to %(most)d.")
            raise refused(name, words % {"name": name, "least": least, "most": most})

    return read


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise refused(name, _("'%(name)s' has to be true or false.") % {"name": name}, "invalid_type")


def _logprobs(name: str, value: Any) -> None:
    if not isinstance(value, bool):  # or, of what goes on with a text, how many of them
        _whole(0, 5)(name, value)


def _tools(name: str, value: Any) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TOOLS:
        raise refused(name, _("'tools' has to be a list of 1 to %(most)d tools.") % {"most": MOST_TOOLS})
    for number, tool in enumerate(value):
        match tool:
            case {"type": "function", "function": {"name": str(called)}} if TOOL_NAME.match(called):
                pass
            case _:
                words = _("A tool is a function with a name of letters, digits, '_' and '-', 64 at most.")
                raise refused(f"tools.{number}", words)
    _small(name, value, MOST_TOOLS_BYTES)


def _tool_choice(name: str, value: Any) -> None:
    match value:
        case "none" | "auto" | "required" | {"type": "function", "function": {"name": str()}}:
            _small(name, value, MOST_TOOLS_BYTES)
        case _:
            raise refused(name, _("'tool_choice' is none, auto, required, or a function by its name."))


def _response_format(name: str, value: Any) -> None:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise refused(name, _("'response_format' has the type text, json_object or json_schema."))
    _small(name, value, MOST_SCHEMA_BYTES)


def _biases(name: str, value: Any) -> None:
    if not isinstance(value, dict) or len(value) > MOST_BIASES:
        raise refused(name, _("'logit_bias' has to be an object of at most %(most)d tokens.") % {"most": MOST_BIASES})
    for bias in value.values():
        _between(-100, 100)(name, bias)


def _effort(name: str, value: Any) -> None:
    if value not in ("none", "minimal", "low", "medium", "high", "xhigh"):
        raise refused(name, _("'reasoning_effort' is none, minimal, low, medium, high or xhigh."))


def _small(name: str, value: Any, most: int) -> None:
    if len(json.dumps(value)) > most:
        raise refused(name, _("'%(name)s' is longer than %(most)d bytes.") % {"name": name, "most": most})


HINTS: dict[str, Reader] = {
    "temperature": _between(0, 2),
    "top_p": _between(0, 1),
    "presence_penalty": _between(-2, 2),
    "frequency_penalty": _between(-2, 2),
}
OPTIONS: dict[str, Reader] = {
    "tools": _tools,
    "tool_choice": _tool_choice,
    "parallel_tool_calls": _flag,
    "response_format": _response_format,
    "seed": _whole(-(2**63), 2**63 - 1),
    "logprobs": _logprobs,
    "top_logprobs": _whole(0, 20),
    "logit_bias": _biases,
    "reasoning_effort": _effort,
}
# What is asked for where nothing is said, so that every server can do it.
DEFAULTS: dict[str, Any] = {
    "response_format": {"type": "text"},
    "logprobs": False,
    "top_logprobs": 0,
    "logit_bias": {},
}
