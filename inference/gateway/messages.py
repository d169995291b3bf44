"""Reads the messages of a conversation, within bounds, and nothing of them that is not known."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from inference.asked import Message

from .errors import ProtocolError, refused

MOST_MESSAGES = 256
MOST_PARTS = 64  # of one message
MOST_CALLS = 32  # of tools, in one message
MOST_ID = 200
ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def read_messages(given: object) -> tuple[list[Message], list[str]]:
    """Return a conversation, and all texts of it. Raises ProtocolError."""
    if not isinstance(given, list) or not 0 < len(given) <= MOST_MESSAGES:
        words = _("'messages' has to be a list of 1 to %(most)d messages.") % {"most": MOST_MESSAGES}
        raise refused("messages", words)
    messages: list[Message] = []
    texts: list[str] = []
    for number, each in enumerate(given):
        place = f"messages.{number}"
        message = _message(each, place)
        messages.append(message)
        texts.append(message["content"] or "")
        texts += [each["function"]["name"] + each["function"]["arguments"] for each in message.get("tool_calls", ())]
    return messages, texts


def _message(given: object, place: str) -> Message:
    if not isinstance(given, dict):
        raise refused(place, _("A message has to be an object."))
    role = ROLES.get(str(given.get("role")))
    if role is None:
        raise refused(f"{place}.role", _("A role is system, developer, user, assistant or tool."))
    message: Message = {"role": role}
    calls = given.get("tool_calls") if role == "assistant" else None
    message["content"] = _content(given.get("content"), place, may_be_empty=bool(calls))
    if calls:
        message["tool_calls"] = _calls(calls, f"{place}.tool_calls")
    if role == "tool":
        message["tool_call_id"] = _short(given.get("tool_call_id"), f"{place}.tool_call_id")
    if given.get("name") is not None:
        message["name"] = _short(given["name"], f"{place}.name")
    return message


def _content(given: object, place: str, *, may_be_empty: bool) -> str | None:
    """Return the text of a message, whether it came whole or in parts."""
    if isinstance(given, str):
        return given
    if given is None and may_be_empty:
        return None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_PARTS:
        raise refused(f"{place}.content", _("The content of a message has to be a text, or a list of texts."))
    return "".join(_part(part, f"{place}.content.{number}") for number, part in enumerate(given))


def _part(given: object, place: str) -> str:
    if isinstance(given, dict) and given.get("type") == "text" and isinstance(given.get("text"), str):
        return str(given["text"])
    raise ProtocolError(
        _("Only parts of the type 'text' are read here; no pictures, sounds or files."),
        code="unsupported_content",
        param=place,
    )


def _calls(given: object, place: str) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > MOST_CALLS:
        raise refused(place, _("Calls of tools have to be a list of at most %(most)d.") % {"most": MOST_CALLS})
    return [_call(each, f"{place}.{number}") for number, each in enumerate(given)]


def _call(given: object, place: str) -> dict[str, Any]:
    match given:
        case {"id": str(found), "function": {"name": str(name), "arguments": str(arguments)}}:
            return {
                "id": _short(found, f"{place}.id"),
                "type": "function",
                "function": {"name": _short(name, f"{place}.function.name"), "arguments": arguments},
            }
        case _:
            raise refused(place, _("A call of a tool has an id and a function with a name and arguments, all texts."))


def _short(given: object, place: str) -> str:
    if isinstance(given, str) and 0 < len(given) <= MOST_ID:
        return given
    raise refused(place, _("This has to be a text of 1 to %(most)d characters.") % {"most": MOST_ID})
