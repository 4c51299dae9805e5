"""Reads arrays that were fitted and are shipped with the program."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import ConfigurationError


def read_arrays(path: Path) -> tuple[Mapping[str, npt.NDArray[np.float32]], str]:
    """What was fitted, as arrays by name, and the hash of the file.

    Raises:
        ConfigurationError: the file is missing or broken.
    """
    try:
        identity = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name].astype(np.float32) for name in arrays.files}, identity
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ConfigurationError(
            f"{path.name} cannot be read ({type(error).__name__}).", "Install the program again."
        ) from error
