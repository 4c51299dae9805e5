"""Opens what checks drafts: reads the checklists, and prepares for this machine what was not yet.

The tokens' states come from the file that the gate uses too. The examples as they are compared are
kept in the home folder, named after the hashes of what they came from, and made anew where they do
not fit: making them takes half a minute.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assistant.checklists.comparing import texts_of
from assistant.checklists.guidance import Checker
from assistant.checklists.matching import Matcher, Seen, read_fitted
from assistant.checklists.reading import Checklists, read_checklists
from assistant.corpus import Library
from assistant.embedding import WEIGHTS_SHA256, bundled_model_folder
from assistant.grounding.learned import OnnxStates
from assistant.indexing.vectors import Progress
from assistant.token_states import export_states, states_file

AT_ONCE = 64
PREPARING = "Preparing the model that reads drafts (once)"
EXAMPLES = "Reading the examples (once)"
"""What progress is told by, the first time on a machine."""


def open_checker(
    corpus: Path,
    home: Path,
    library: Library,
    *,
    threads: int = 0,
    progress: Progress | None = None,
) -> Checker:
    """What checks drafts against a library's checklists.

    Args:
        corpus: the library's folder.
        home: where prepared models are kept.
        library: the library's notes.
        threads: for the model; 0 leaves it to the machine.
        progress: told what is being prepared.

    Raises:
        ConfigurationError: a file is missing.
        CorpusError: a checklist is broken.
    """
    say = progress or (lambda words, done, of: None)
    held = read_checklists(corpus, library)
    fitted, identity = read_fitted()
    target, folder = states_file(home), bundled_model_folder()
    if not target.exists():
        say(PREPARING, 0, 1)
        export_states(folder, target)
    states = OnnxStates(target, folder / "tokenizer.json", threads=threads)
    matcher = Matcher(states, folder / "tokenizer.json", fitted)
    key = hashlib.sha256(f"{identity}|{held.version}|{WEIGHTS_SHA256}".encode()).hexdigest()[:16]
    prepare(matcher, _texts(held), home / "guidance" / f"{key}.npz", say)
    return Checker(held, library, matcher)


def _texts(held: Checklists) -> list[str]:
    """Every text that drafts are compared with."""
    rows = [text for row in held.rows.values() for text in texts_of(row)]
    concerns = [text for kind in held.concerns for text in (*kind.examples, *kind.near)]
    return list(dict.fromkeys([*rows, *concerns]))


def prepare(matcher: Matcher, texts: Sequence[str], path: Path, progress: Progress) -> None:
    """Let the matcher know texts: from the file, or by reading them and writing it."""
    try:
        matcher.learn(dict(zip(texts, _kept(path, len(texts)), strict=True)))
        return
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error):
        pass
    for start in range(0, len(texts), AT_ONCE):
        progress(EXAMPLES, start, len(texts))
        matcher.seen(texts[start : start + AT_ONCE])
    progress(EXAMPLES, len(texts), len(texts))
    rounded = [_rounded(one) for one in matcher.seen(texts)]
    # The first check must not differ from later ones, which read what was kept.
    matcher.learn(dict(zip(texts, rounded, strict=True)))
    _keep(path, rounded)


def _rounded(seen: Seen) -> Seen:
    """A text as it will be once it was kept."""
    finds, compares = (
        part.astype(np.float16).astype(np.float32) for part in (seen.finds, seen.compares)
    )
    return Seen(finds, compares, seen.counts)


def _kept(path: Path, count: int) -> list[Seen]:
    """The texts as they were kept, in order."""
    with np.load(path, allow_pickle=False) as arrays:
        lengths = arrays["lengths"]
        if len(lengths) != count:
            raise ValueError
        ends = np.cumsum(lengths)
        parts = [
            np.split(arrays[name].astype(np.float32), ends[:-1])
            for name in ("finds", "compares", "counts")
        ]
    return [Seen(*each) for each in zip(*parts, strict=True)]


def _keep(path: Path, seen: Sequence[Seen]) -> None:
    """Write texts in one step, in place of older ones; a check must not fail for want of room."""
    partial = path.with_name(f"{os.getpid()}.part.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            partial,
            lengths=np.array([len(one.finds) for one in seen]),
            finds=np.concatenate([one.finds for one in seen]).astype(np.float16),
            compares=np.concatenate([one.compares for one in seen]).astype(np.float16),
            counts=np.concatenate([one.counts for one in seen]),
        )
        for older in path.parent.glob("*.npz"):
            if older != partial:
                older.unlink(missing_ok=True)
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
