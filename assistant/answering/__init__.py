"""Makes an answer from evidence: how well it is supported, what is said, what is cited."""

from assistant.answering.compose import Composer, Draft

__all__ = ["Composer", "Draft"]
