"""A causal transformer with random weights: real in every part, and it talks nonsense.

Two layers, a byte-level tokenizer trained on a few lines, a chat template: made in a second,
without a network, the same each time. Its nonsense is made of the words of the lines, so that it
looks as much like an answer as nonsense can.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

LINES = (
    "Peer support workers must have supervision from somebody who knows the role.",
    "Staff should not ask a peer support worker to take part in restraint.",
    "People who use services may ask for an advocate, and the trust must tell them so.",
    "In England, NHS guidance recommends training in trauma informed care every year.",
    "Lived experience is expertise, and it is the person who decides what to share.",
)
CONTEXT_LENGTH = 16_384
PAD, BEGIN, END = "<pad>", "<s>", "<|end|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{{ bos_token }}"
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def make_tiny_transformer(
    folder: Path,
    *,
    lines: Sequence[str] = LINES,
    seed: int = 11,
    context_length: int = CONTEXT_LENGTH,
    reply_length: int = 48,
) -> Path:
    """Write the model and its tokenizer.

    Args:
        folder: is made; may be given to ``from_pretrained`` afterwards.
        lines: the tokenizer learns its words from them, and the nonsense is made of them.
        seed: of the weights. torch's own random numbers are left as they were.
        context_length: in tokens; what the model's configuration says that it holds.
        reply_length: in tokens; the reply's length unless the caller sets another. The end token
            never comes by itself.

    Returns:
        ``folder``.
    """
    tokenizer = _tokenizer(lines, context_length)
    model = _model(tokenizer, seed, context_length)
    model.generation_config.max_new_tokens = reply_length
    model.generation_config.do_sample = False
    model.generation_config.suppress_tokens = _unsayable(tokenizer, lines)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def _tokenizer(lines: Sequence[str], context_length: int) -> PreTrainedTokenizerFast:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    learnt = Tokenizer(models.BPE())
    learnt.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    learnt.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1024,
        special_tokens=[PAD, BEGIN, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    learnt.train_from_iterator(lines, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=learnt,
        pad_token=PAD,
        bos_token=BEGIN,
        eos_token=END,
        additional_special_tokens=list(ROLES),
        chat_template=TEMPLATE,
        model_max_length=context_length,
    )


def _model(tokenizer: PreTrainedTokenizerFast, seed: int, context_length: int) -> LlamaForCausalLM:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=context_length,
        # Large enough that the next word depends on what was asked and said before.
        initializer_range=0.5,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config).eval()


def _unsayable(tokenizer: PreTrainedTokenizerFast, lines: Sequence[str]) -> list[int]:
    """The tokens that are no whole word of the lines, no stop and no comma; the end is one."""
    words = {f" {word}" for word in re.findall(r"\w+", " ".join(lines))} | {".", ","}
    tokens = range(len(tokenizer))
    return [token for token in tokens if tokenizer.decode([token]) not in words]


def make_tiny_classifier(folder: Path, labels: Sequence[str], *, seed: int = 11) -> Path:
    """Write a tiny BERT with random weights that gives two texts one number a label."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = _tokenizer(LINES, CONTEXT_LENGTH)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=CONTEXT_LENGTH,
        pad_token_id=tokenizer.pad_token_id,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertForSequenceClassification(config).eval()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder
