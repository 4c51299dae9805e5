"""Opens a model from a folder on this machine, through langchain-huggingface. Never downloads.

The weights are read once and shared. A reply is stopped by letting the model end its sentence: the
thread that runs a transformer cannot be ended from outside.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from assistant.chat_models.faults import said
from assistant.chat_models.opened import Opened, Opener, Wishes, package
from assistant.chat_models.records import Address, ChatModelError

PLAIN_FORM = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
"""How a conversation is written for a model that has no form of its own."""
LONGEST_SECONDS = 600.0


def folder_opener(address: Address, wishes: Wishes) -> Opener:
    """What opens the model in a folder; the first call reads the weights, later ones share them."""
    lock = threading.Lock()
    held: list[Any] = []

    def opening(plain: bool) -> Opened:
        del plain
        found = package("langchain_huggingface", "huggingface")
        with lock:
            if not held:
                held.append(_read(address))
        watched = Watched(held[0], wishes.reply_tokens, address)
        llm = found.HuggingFacePipeline(pipeline=watched, model_id=address.name)
        model = found.ChatHuggingFace(
            llm=llm, tokenizer=watched.tokenizer, model_id=address.name, cache=False
        )
        return Opened(model, watched.stop, watched.check, {"pipeline_kwargs": watched.arguments()})

    return opening


def _read(address: Address) -> Any:
    """A text generation pipeline on the processor, from the files of the folder alone."""
    folder = Path(address.name).expanduser()
    if not (folder / "config.json").is_file():
        raise ChatModelError(
            "unknown_model",
            f"There is no model in the folder {folder}.",
            "Name a folder that holds a model in the form of transformers, with its config.json;"
            " nothing is downloaded.",
        )
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

    only_here = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), **only_here)
        model = AutoModelForCausalLM.from_pretrained(str(folder), **only_here)
    except Exception as error:
        raise ChatModelError(
            "unknown_model",
            f"The model in {folder} cannot be read ({type(error).__name__}).",
            "Copy the folder anew; it must be a model that writes text.",
        ) from error
    if not getattr(tokenizer, "chat_template", None):
        tokenizer.chat_template = PLAIN_FORM
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token_id = tokenizer.eos_token_id
    return pipeline("text-generation", model=model.eval(), tokenizer=tokenizer, device="cpu")


class Watched:
    """A pipeline that can be stopped, refuses what is too long, and ends its stream when it fails.

    langchain-huggingface runs a pipeline in a thread of its own and hears nothing of its failure.

    Args:
        pipeline: of transformers.
        reply_tokens: most tokens of a reply.
        address: of the model.
    """

    def __init__(self, pipeline: Any, reply_tokens: int, address: Address) -> None:
        self._pipeline = pipeline
        self._address = address
        self._stopped = threading.Event()
        self._failed: BaseException | None = None
        self._reply_tokens = reply_tokens
        self.tokenizer, self.model, self.task = pipeline.tokenizer, pipeline.model, pipeline.task

    def __call__(self, *inputs: Any, **arguments: Any) -> Any:
        """Run the pipeline as langchain does; what goes wrong is kept for ``check``."""
        try:
            text = arguments.get("text_inputs", "")
            room = getattr(self.model.config, "max_position_embeddings", None)
            length = len(self.tokenizer(text)["input_ids"])
            if room is not None:
                if length >= room - 1:
                    raise said("too_long", self._address)
                arguments["max_new_tokens"] = min(self._reply_tokens, room - length)
            if not self._stopped.is_set():
                return self._pipeline(*inputs, **arguments)
        except BaseException as error:
            self._failed = error
        # The other thread waits for this.
        arguments["streamer"].end()
        return None

    def arguments(self) -> dict[str, Any]:
        """For one reply: the likeliest word each time, and a look at whether to stop."""
        return {
            "max_new_tokens": self._reply_tokens,
            "do_sample": False,
            "max_time": LONGEST_SECONDS,
            "logits_processor": [self._go_on],
        }

    def stop(self) -> None:
        """End the reply with the next word."""
        self._stopped.set()

    def check(self) -> None:
        """Raise what went wrong in the other thread."""
        if self._failed is not None:
            raise self._failed

    def _go_on(self, words: Any, scores: Any) -> Any:
        if self._stopped.is_set():
            raise ChatModelError("cancelled", "The call was stopped.")
        return scores
