"""What other clients make of the site: ``python others.py CLIENT BASE_URL KEY CHAT SEARCH`` prints what it was told.

`make clients` runs it in their own environment. The first question is sent again by itself: the server fails once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import litellm
import openai
from langchain_core.messages import AIMessage, ToolMessage
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

client, base, key, chat, search = sys.argv[1:6]
QUESTION: Any = [{"role": "user", "content": "What is here?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a place up.",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
    },
}
TEXTS = ["a lemon", "a tree"]
FOUND = "Twenty degrees."
LEAVES_AT = 2  # pieces


def refusal(ask: Callable[[], Any]) -> int:
    """Return the status with which a question is refused."""
    try:
        ask()
    except openai.APIStatusError as error:  # litellm's and LangChain's are of these too
        return error.status_code
    return 0


def with_openai() -> dict[str, Any]:
    """The newest official package."""
    site = openai.OpenAI(base_url=base, api_key=key)
    asks = site.chat.completions
    first = asks.create(model=chat, messages=QUESTION)
    pieces = asks.create(model=chat, messages=QUESTION, stream=True, stream_options={"include_usage": True})
    streamed = "".join(each.choices[0].delta.content or "" for each in pieces if each.choices)
    with asks.stream(model=chat, messages=QUESTION, tools=[TOOL]) as stream:
        called: Any = stream.get_final_completion().choices[0].message
    tool = called.tool_calls[0]
    talk: Any = [*QUESTION, called, {"role": "tool", "tool_call_id": tool.id, "content": FOUND}]
    after = asks.create(model=chat, messages=talk, tools=[TOOL])
    found = site.embeddings.create(model=search, input=TEXTS)
    left = asks.create(model=chat, messages=QUESTION, stream=True)
    for number, _piece in enumerate(left):
        if number == LEAVES_AT:
            break
    left.close()
    stranger = site.with_options(api_key="sk-x")
    return {
        "text": first.choices[0].message.content,
        "tokens": first.usage and first.usage.completion_tokens,
        "streamed": streamed,
        "tool": [tool.function.name, json.loads(tool.function.arguments)],
        "after": after.choices[0].message.content,
        "vectors": [len(each.embedding) for each in found.data],
        "unknown": refusal(lambda: asks.create(model="no/model", messages=QUESTION)),
        "bad": refusal(lambda: asks.create(model=chat, messages=[])),
        "stranger": refusal(lambda: stranger.chat.completions.create(model=chat, messages=QUESTION)),
    }


def with_litellm() -> dict[str, Any]:
    """litellm, which speaks to the site as to any server of this protocol."""
    where = {"api_base": base, "api_key": key, "max_retries": 2}

    def ask(model: str = chat, messages: Any = QUESTION, **more: Any) -> Any:
        return litellm.completion(model=f"openai/{model}", messages=messages, **{**where, **more})

    first = ask()
    pieces = ask(stream=True, stream_options={"include_usage": True})
    streamed = "".join(each.choices[0].delta.content or "" for each in pieces if each.choices)
    chunks = list(ask(tools=[TOOL], stream=True))
    called = litellm.stream_chunk_builder(chunks).choices[0].message
    tool = called.tool_calls[0]
    talk = [*QUESTION, called.model_dump(), {"role": "tool", "tool_call_id": tool.id, "content": FOUND}]
    after = ask(messages=talk, tools=[TOOL])
    found = litellm.embedding(model=f"openai/{search}", input=TEXTS, **where)
    left = ask(stream=True)
    for number, _piece in enumerate(left):
        if number == LEAVES_AT:
            break
    left.completion_stream.close()
    return {
        "text": first.choices[0].message.content,
        "tokens": first.usage.completion_tokens,
        "streamed": streamed,
        "tool": [tool.function.name, json.loads(tool.function.arguments)],
        "after": after.choices[0].message.content,
        "vectors": [len(each["embedding"]) for each in found.data],
        "unknown": refusal(lambda: ask("no/model")),
        "bad": refusal(lambda: ask(messages=[])),
        "stranger": refusal(lambda: ask(api_key="sk-x")),
    }


def with_langchain() -> dict[str, Any]:
    """LangChain's client of OpenAI's protocol."""

    def model(name: str = chat, secret: str = key) -> Any:
        return ChatOpenAI(base_url=base, api_key=secret, model=name, max_retries=2)

    first = model().invoke("What is here?")
    streamed = "".join(each.text for each in model().stream("What is here?"))
    tools = model().bind_tools([TOOL])
    parts = list(tools.stream("What is here?"))
    called = parts[0]
    for part in parts[1:]:
        called += part
    tool = called.tool_calls[0]
    talk = [*QUESTION, AIMessage(content="", tool_calls=[tool]), ToolMessage(content=FOUND, tool_call_id=tool["id"])]
    after = tools.invoke(talk)
    # Else it sends numbers of tokens of another model, after it has downloaded a table of them.
    plain: dict[str, Any] = {"check_embedding_ctx_length": False}
    found = OpenAIEmbeddings(base_url=base, api_key=key, model=search, **plain).embed_documents(TEXTS)
    left = model().stream("What is here?")
    for number, _piece in enumerate(left):
        if number == LEAVES_AT:
            break
    left.close()
    return {
        "text": first.text,
        "tokens": first.usage_metadata["output_tokens"],
        "streamed": streamed,
        "tool": [tool["name"], tool["args"]],
        "after": after.text,
        "vectors": [len(each) for each in found],
        "unknown": refusal(lambda: model("no/model").invoke("What is here?")),
        "bad": refusal(lambda: model().invoke([])),
        "stranger": refusal(lambda: model(secret="sk-x").invoke("What is here?")),  # noqa: S106  nobody's
    }


told = {"openai": with_openai, "litellm": with_litellm, "langchain": with_langchain}[client]()
sys.stdout.write(json.dumps(told) + "\n")
