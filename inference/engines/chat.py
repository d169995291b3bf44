"""Serves SmolLM2 as OpenAI's `/v1/chat/completions`, in continuous batches: what `transformers serve` serves.

That command has no place to authenticate callers, so its parts are put together here, for one model.
"""

from pathlib import Path
from typing import Any

from starlette.types import ASGIApp
from transformers import ContinuousBatchingConfig
from transformers.cli.serving.chat_completion import ChatCompletionHandler
from transformers.cli.serving.completion import CompletionHandler
from transformers.cli.serving.model_manager import ModelManager
from transformers.cli.serving.response import ResponseHandler
from transformers.cli.serving.server import build_server
from transformers.cli.serving.systemone import SystemOneHandler
from transformers.cli.serving.transcription import TranscriptionHandler
from transformers.cli.serving.utils import GenerationState
from transformers.utils import logging

CACHE_BLOCKS = 64  # of 256 tokens each, for all calls together: 0.4 GB
BATCH_TOKENS = 512  # of prompts read in one step: more would make those who are being answered wait


def application(weights: Path) -> ASGIApp:
    """Return the server of the model in the folder ``weights``, which is loaded first."""
    return server_of(str(weights), CACHE_BLOCKS, BATCH_TOKENS)[1]


def server_of(model: str, blocks: int, batch: int) -> tuple[ModelManager, ASGIApp]:
    """Return what has loaded a model, a folder or ``folder:file.gguf``, and the server of it.

    ``blocks`` of 256 tokens are what all calls may hold together, ``batch`` how many tokens one step reads.
    """
    logging.set_verbosity_error()
    bounds = ContinuousBatchingConfig(num_blocks=blocks, max_batch_tokens=batch)
    state = GenerationState(continuous_batching=True, cb_config=bounds)
    manager = ModelManager(device="auto", dtype="bfloat16", continuous_batching=True, force_model=model)
    both: dict[str, Any] = {"model_manager": manager, "generation_state": state}
    server: ASGIApp = build_server(
        manager,
        ChatCompletionHandler(**both, chat_template_kwargs={}),
        completion_handler=CompletionHandler(**both),
        response_handler=ResponseHandler(**both, chat_template_kwargs={}),
        transcription_handler=TranscriptionHandler(**both),
        systemone_handler=SystemOneHandler(**both, chat_template_kwargs={}),
        generation_state=state,
    )
    return manager, server
