"""An entailment model of a user's own, in a folder: how likely evidence bears a claim out.

Through sentence-transformers, never fetched; loaded when it is first asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ConfigurationError


class FolderEntails:
    """An entailment model in a folder, through sentence-transformers; loaded when first asked.

    Args:
        folder: of a cross-encoder with one label, or with one that is called "entailment".

    Raises:
        ConfigurationError: there is no such folder, or no such model in it.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigurationError(
                f"There is no folder {folder}.", "Set PEER_SUPPORT_ENTAILMENT_MODEL or unset it."
            )
        self._folder = folder
        self._model: Any = None
        self._place = 0

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """How likely each evidence bears out its claim, 0 to 1."""
        model = self._loaded()
        rows = np.asarray(model.predict(list(pairs), apply_softmax=False, show_progress_bar=False))
        rows = rows.reshape(len(pairs), -1).astype(np.float64)
        if rows.shape[1] == 1:
            # One label: sentence-transformers has put it on a scale from 0 to 1 already.
            return [float(row[0]) for row in rows]
        chances = np.exp(rows - rows.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        return [float(row[self._place]) for row in chances]

    def _loaded(self) -> Any:
        if self._model is None:
            from sentence_transformers import CrossEncoder

            try:
                model = CrossEncoder(str(self._folder), local_files_only=True, device="cpu")
            except Exception as error:
                raise ConfigurationError(
                    f"The entailment model in {self._folder} cannot be loaded"
                    f" ({type(error).__name__}).",
                    "Set PEER_SUPPORT_ENTAILMENT_MODEL to a folder with a cross-encoder.",
                ) from error
            self._place = self._entailment(model)
            self._model = model
        return self._model

    def _entailment(self, model: Any) -> int:
        """Which label says that it is borne out."""
        labels = {int(n): str(name).lower() for n, name in model.config.id2label.items()}
        if len(labels) == 1:
            return 0
        for number, name in labels.items():
            if name.startswith("entail"):
                return number
        raise ConfigurationError(
            f"No label of the model in {self._folder} is called entailment.",
            "Use a model for natural language inference.",
        )
