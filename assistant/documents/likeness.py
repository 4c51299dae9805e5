"""Near duplicates and new editions: how like a new document is to those that are kept.

A signature (MinHash over runs of five words) stands for a text, so that thousands are compared at
once without reading them. Numbers here are estimates and only ever lead to a report: nothing is
dropped or replaced by them, the person who adds a document chooses.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict, Field

from assistant.documents.dates import MONTH
from assistant.documents.front_matter import version_in
from assistant.documents.records import Details
from assistant.schema import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUMBERS = 128
SHINGLE_WORDS = 5
NEAR = 0.92
"""Similarity from which two texts count as one, small things aside."""
FEW_EDITS = 3
"""So many changed places leave a short text the same too, though a larger share of it differs."""
SHORT_NEAR = 0.6
PARTLY = 0.1
"""Least similarity of two editions that nothing but their title ties together."""
_CHUNK = 200_000

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FORCE = frozenset(
    "must should shall may might can cannot will required requires mandatory never not no always "
    "only recommended prohibited forbidden ought need needs mustn't shouldn't can't won't".split()
)

# ---------------------------------------------------------------- signatures


class Signature(Record):
    """What stands for a text. ``minima`` is 128 little-endian 32-bit numbers (empty for a text
    without words), ``shingles`` how many different runs of five words it has. ``force`` and
    ``figures`` are hashes of its words of obligation and of its numbers, in order."""

    model_config = ConfigDict(ser_json_bytes="hex", val_json_bytes="hex")

    minima: bytes = b""
    shingles: int = Field(default=0, ge=0)
    words: int = Field(default=0, ge=0)
    force: str = ""
    figures: str = ""


def signature_of(text: str) -> Signature:
    """The signature of a text; the same for texts that differ in case, layout or punctuation."""
    import numpy as np

    words = _words(text)
    if not words:
        return Signature()
    hashes = _shingle_hashes(words)
    minima = np.full(NUMBERS, np.iinfo(np.uint64).max, dtype=np.uint64)
    for start in range(0, len(hashes), _CHUNK):
        chunk = hashes[start : start + _CHUNK]
        for number, seed in enumerate(_seeds()):
            minima[number] = min(minima[number], _mixed(chunk ^ seed).min())
    return Signature(
        minima=(minima >> np.uint64(32)).astype("<u4").tobytes(),
        shingles=len(hashes),
        words=len(words),
        force=_digest(word for word in words if word in _FORCE),
        figures=_digest(word for word in words if word.isdigit()),
    )


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("\u00ad", "").casefold()
    return _WORD.findall(plain)


def _digest(words: Any) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16]


def _shingle_hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    """One hash for each different run of words; of a shorter text, one for the whole."""
    import numpy as np

    known: dict[str, int] = {}
    for word in words:
        if word not in known:
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            known[word] = int.from_bytes(digest, "little")
    each = np.array([known[word] for word in words], dtype=np.uint64)
    size = min(SHINGLE_WORDS, len(words))
    runs = np.zeros(len(words) - size + 1, dtype=np.uint64)
    for place in range(size):
        runs = _mixed(runs * np.uint64(0x9E3779B97F4A7C15) + each[place : place + len(runs)])
    return np.unique(runs)


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A bijection that spreads every bit over all (the finaliser of SplitMix64)."""
    import numpy as np

    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


@functools.cache
def _seeds() -> NDArray[np.uint64]:
    import numpy as np

    return _mixed(np.arange(1, NUMBERS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15))


def _matrix(signatures: Sequence[Signature]) -> NDArray[np.uint32]:
    import numpy as np

    rows = b"".join(one.minima.ljust(4 * NUMBERS, b"\xff") for one in signatures)
    return np.frombuffer(rows, dtype="<u4").reshape(len(signatures), NUMBERS)


def similarities(one: Signature, others: Sequence[Signature]) -> list[float]:
    """For each other text, the estimated share of runs of words that it has in common with ``one``
    (Jaccard, 0 to 1; standard error at most 0.045). A text without words is like none."""
    if not others or not one.shingles:
        return [0.0] * len(others)
    equal = (_matrix(others) == _matrix([one])).mean(axis=1)
    return [
        float(share) if other.shingles else 0.0 for share, other in zip(equal, others, strict=True)
    ]


def similarity(one: Signature, other: Signature) -> float:
    """Estimated Jaccard similarity of two texts, 0 to 1."""
    return similarities(one, [other])[0]


def containment(part: Signature, whole: Signature) -> float:
    """Estimated share of ``part`` that stands in ``whole`` too, 0 to 1."""
    return _contained(similarity(part, whole), part, whole)


def _contained(alike: float, part: Signature, whole: Signature) -> float:
    if not part.shingles:
        return 0.0
    common = alike / (1 + alike) * (part.shingles + whole.shingles)
    return min(1.0, common / part.shingles)


# ---------------------------------------------------------------- titles

_EDITION_WORDS = re.compile(
    r"\b(?:version|ver|v|issue|rev(?:ision)?)[ .:]*\d+(?:\.\d+)*[a-z]?\b"
    r"|\b(?:\d+(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|new|revised|updated) "
    r"(?:edition|version|issue)\b"
    r"|\b(?:draft|final|revised|updated|superseded|archived|edition|copy)\b"
    rf"|(?:\b\d{{1,2}}(?:st|nd|rd|th)?\s+)?\b{MONTH}[ ,-]*(?:19|20)\d\d\b"
    r"|\b(?:19|20)\d\d(?:\s?[-–/]\s?(?:(?:19|20)?\d\d))?\b"
    r"|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\(\s*\)",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    "policy policies procedure procedures guideline guidelines guidance protocol document trust "
    "wide trustwide nhs foundation a an and the of for in on to with".split()
)
_SERIES = re.compile(
    r"\b(?:annual|minutes|agenda|newsletter|bulletin|statistics|yearbook|quarterly|monthly|accounts|rota)\b"
    r"|\b(?:survey|results)\b.*\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?<=[a-z]{4})(?:ings?|ers?|e?s|ed)$")


@functools.lru_cache(maxsize=50_000)
def _title_words(title: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a title without edition and date, stemmed: all, and without the generic ones."""
    plain = _EDITION_WORDS.sub(" ", unicodedata.normalize("NFKC", title))
    words = [word.replace("'s", "") for word in _words(plain)]
    every = frozenset(_ENDING.sub("", word) for word in words)
    telling = frozenset(_ENDING.sub("", word) for word in words if word not in _GENERIC)
    return every, telling or every


# ---------------------------------------------------------------- the comparison


class Held(Record):
    """A document that is kept already. ``title`` may be empty where ``details`` has it."""

    id: str
    details: Details
    signature: Signature
    title: str = ""
    version: str = ""


class Likeness(Record):
    """How a new document is like one that is kept.

    ``similarity`` is of the two texts, ``contained`` the share of the new text that the kept one
    has. ``order`` says which of two editions is the newer, where versions or dates tell.
    ``force_differs`` and ``figures_differ``: words such as "must" and "should", or numbers, are not
    the same in both, so that a small change may be a weighty one.
    """

    kind: Literal["near-duplicate", "new-edition"]
    document: str
    similarity: float
    contained: float
    order: Literal["newer", "older", "unknown"] = "unknown"
    force_differs: bool
    figures_differ: bool
    message: str


def like(
    new_title: str,
    new_details: Details,
    signature: Signature,
    held: Sequence[Held],
    version: str = "",
) -> Likeness | None:
    """The kept document that a new one doubles or renews; None where it is like none.

    Near duplicates come before editions, then the more similar, then the smaller id.
    """
    new = Held(id="new", details=new_details, signature=signature, title=new_title, version=version)
    found: list[Likeness] = []
    for other, alike in zip(
        held, similarities(signature, [h.signature for h in held]), strict=True
    ):
        if kind := _kind(new, other, alike):
            found.append(_likeness(kind, new, other, alike))
    return min(found, key=lambda one: (one.kind, -one.similarity, one.document), default=None)


def _kind(new: Held, other: Held, alike: float) -> Literal["near-duplicate", "new-edition"] | None:
    same_text = _same_text(new.signature, other.signature, alike)
    work = _same_work(new, other, alike)
    if same_text:
        return "new-edition" if work and _order(new, other) is not None else "near-duplicate"
    return "new-edition" if work else None


def _same_text(new: Signature, other: Signature, alike: float) -> bool:
    """Whether two texts differ in small things only."""
    if alike >= NEAR:
        return True
    runs_apart = (1 - alike) / (1 + alike) * (new.shingles + other.shingles) / 2
    few = runs_apart <= FEW_EDITS * SHINGLE_WORDS
    return few and alike >= SHORT_NEAR and abs(new.words - other.words) <= FEW_EDITS * 2


def _same_work(new: Held, other: Held, alike: float) -> bool:
    """Whether two documents are one work in two states, told by DOI, else by title and text."""
    one, two = _work_doi(new.details.doi), _work_doi(other.details.doi)
    if one and two:
        return one == two
    title, other_title = _title_of(new), _title_of(other)
    every, telling = _title_words(title)
    other_every, other_telling = _title_words(other_title)
    if telling != other_telling or not telling:
        return False
    if _differ(new.details.published_in, other.details.published_in) and alike < 0.5:
        return False
    if every != other_every and alike < 0.5:
        return False
    if _SERIES.search(title) or _SERIES.search(other_title):
        return alike >= 0.5
    # Editions with two versions of one title may be rewritten from end to end.
    rewritten = bool(_version_of(new) and _version_of(other) and _order(new, other))
    return alike >= PARTLY or rewritten


def _work_doi(doi: str) -> str:
    """A DOI without the mark of its edition: updates of Cochrane reviews, versions of preprints."""
    return re.sub(r"(?:\.pub\d+|[._]?v\d+)$", "", doi.lower())


def _title_of(held: Held) -> str:
    return held.title or held.details.title


def _version_of(held: Held) -> str:
    return held.version or version_in(_title_of(held))


def _differ(one: str, two: str) -> bool:
    return bool(one and two) and _words(one) != _words(two)


def _order(new: Held, other: Held) -> Literal["newer", "older"] | None:
    """Whether the new document is the newer or the older edition; None where nothing differs."""
    dois = new.details.doi.lower(), other.details.doi.lower()
    if dois[0] != dois[1] and _work_doi(dois[0]) == _work_doi(dois[1]):
        marks = [
            int("".join(re.findall(r"\d+$", doi.removeprefix(_work_doi(doi)))) or 0) for doi in dois
        ]
        return "newer" if marks[0] > marks[1] else "older"
    versions = [
        [int(part) for part in re.findall(r"\d+", _version_of(held))] for held in (new, other)
    ]
    for numbers in versions:
        while len(numbers) > 1 and numbers[-1] == 0:
            numbers.pop()
    if all(versions) and versions[0] != versions[1]:
        return "newer" if versions[0] > versions[1] else "older"
    for one, two in _dates(new, other):
        shared = min(len(one), len(two))
        if shared and one[:shared] != two[:shared]:
            return "newer" if one > two else "older"
    return None


def _dates(new: Held, other: Held) -> tuple[tuple[str, str], ...]:
    """Pairs of dates that may tell two editions apart, the most telling first."""
    a, b = new.details, other.details
    years = tuple(
        "".join(re.findall(r"\b(?:19|20)\d\d\b", _title_of(h))[-1:]) for h in (new, other)
    )
    return (a.issued, b.issued), (years[0], years[1]), (a.review_due, b.review_due)


def _likeness(
    kind: Literal["near-duplicate", "new-edition"], new: Held, other: Held, alike: float
) -> Likeness:
    one, two = new.signature, other.signature
    force, figures = one.force != two.force, one.figures != two.figures
    order = _order(new, other) or "unknown"
    return Likeness(
        kind=kind,
        document=other.id,
        similarity=round(alike, 3),
        contained=round(_contained(alike, one, two), 3),
        order=order,
        force_differs=force,
        figures_differ=figures,
        message=_message(kind, _title_of(other), alike, order, force, figures),
    )


def _message(kind: str, title: str, alike: float, order: str, force: bool, figures: bool) -> str:
    share = f"about {min(99, round(100 * alike))}% of the words in the same order"
    if kind == "near-duplicate":
        told = f"It has nearly the same text as “{title}”, which is in the library ({share})."
        choice = "Keep both, replace the one that is there, or leave the new one out."
    else:
        which = {"newer": "a newer", "older": "an older"}.get(order, "another")
        told = f"It looks like {which} edition of “{title}”, which is in the library ({share})."
        choice = "Add it and mark the older one as superseded, keep both, or leave it out."
    differs = [
        word for word, so in (("words such as must or should", force), ("numbers", figures)) if so
    ]
    small = f" The two differ in {' and in '.join(differs)}." if differs else ""
    return f"{told}{small} {choice}"
