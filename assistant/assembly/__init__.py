"""Puts the parts together: the only module that names concrete models and folders.

``Assistant`` is the Python API. Opening it reads the index and prepares the embedding model; it
imports neither torch nor any web framework.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
import zipfile
import zlib
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from assistant.answering import Composer
from assistant.answering.askable import read_askable
from assistant.answering.communities import Communities, Community
from assistant.arrays import read_arrays
from assistant.chat_models.records import Address, Cancel
from assistant.clarifying import Clarifier, ask_texts, read_ambiguities
from assistant.corpus import Library, library_version, read_communities
from assistant.documents.records import Limits
from assistant.documents.search import PassageSearch
from assistant.documents.shelf import Shelf
from assistant.documents.store import VECTORS, DocumentStore
from assistant.eight_bit import EIGHT_BIT_NAME, quantise, quantise_throughout
from assistant.embedding import (
    ONNX_NAME,
    WEIGHTS_SHA256,
    OnnxEmbeddings,
    OnnxTexts,
    SentenceTransformerEmbeddings,
    VectorModel,
    Vectors,
    bundled_model_folder,
    check_weights,
    export_onnx,
)
from assistant.errors import ConfigurationError, IndexMissingError, ModelError, PromptError
from assistant.explaining import Explainer
from assistant.gaps import GapLog, gap_log
from assistant.generation.writing import Generator, Say
from assistant.grounding.gate import Gate
from assistant.grounding.head import read_head as read_grounding_head
from assistant.grounding.learned import LearnedEntails, OnnxStates
from assistant.grounding.records import Entails
from assistant.grounding.together import TOGETHER_FILE, TogetherEntails, larger_odds
from assistant.head import HeadedModel, read_head
from assistant.indexing import lexical
from assistant.indexing.build import BuildReport, build_index
from assistant.indexing.store import Index, open_index
from assistant.indexing.vectors import ByPurpose, CachedModel, KeptModel, Progress, VectorCache
from assistant.larger_model import LARGER_SHA256, TOKENIZER_NAME, installed_parts, prepare
from assistant.pair_model import export_pairs, mean_and_first, question_and_text
from assistant.pair_odds import PairOdds
from assistant.personal import masked, without_labels
from assistant.pipeline import SEARCH_DEPTH, Pipeline, Stage, say_nothing
from assistant.presentation.words import family_name
from assistant.prompts import (
    EXAMPLES_FILE,
    RULES_FILE,
    load_messages,
    load_screening,
    load_signposts,
    prompt_hashes,
)
from assistant.reranker import RERANKER_FILE, reranker_odds
from assistant.retrieval import Retriever, read_glossary
from assistant.schema import (
    Answer,
    Engine,
    Evidence,
    Explanation,
    Filters,
    Reason,
    Screening,
    Signpost,
    Turn,
    User,
)
from assistant.screening import Screener, example_vectors
from assistant.screening.examples import LABELS, Votes
from assistant.screening.learned import LearnedLabels, read_delta
from assistant.settings import Settings, read_settings
from assistant.token_states import export_states, states_file
from assistant.wording import Wording, read_wording

if TYPE_CHECKING:
    from assistant.assembly.chat import Chat
    from assistant.assembly.managers import Managers
    from assistant.assembly.trainers import Trainers
    from assistant.scenarios.kitchen import Varier

BUNDLED_IDENTITY = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:16]}"


def onnx_file(home: Path) -> Path:
    """Where the bundled model prepared for this machine is kept."""
    return home / "models" / WEIGHTS_SHA256[:16] / ONNX_NAME


def vector_model(settings: Settings) -> CachedModel:
    """The embedding model of the settings, with its cache; loads nothing yet."""
    cache = VectorCache(settings.home / "vectors.sqlite")
    if settings.embedding_model != "bundled":
        other = SentenceTransformerEmbeddings(Path(settings.embedding_model).expanduser())
        return CachedModel(lambda: other, other.identity, cache)

    def load() -> VectorModel:
        target = onnx_file(settings.home)
        folder = bundled_model_folder()
        if not target.exists():
            export_onnx(folder, target)
        return OnnxEmbeddings(target, folder / "tokenizer.json", threads=settings.threads)

    return CachedModel(load, BUNDLED_IDENTITY, cache)


def retrieval_model(base: CachedModel) -> KeptModel:
    """The model that the library is searched with: the bundled one through its learned layer, any
    other as it is."""
    return HeadedModel(base, read_head()) if base.identity == BUNDLED_IDENTITY else base


def document_limits(settings: Settings) -> Limits:
    """How much of an added document is read."""
    return Limits(
        file_megabytes=settings.document_megabytes,
        archive_megabytes=settings.archive_megabytes,
        files=settings.added_files,
        pages=settings.document_pages,
        seconds=settings.document_seconds,
        memory_megabytes=settings.document_memory,
        ocr=settings.ocr,
    )


def open_shelf(
    settings: Settings, model: CachedModel | None = None, prepared: Path | None = None
) -> Shelf:
    """The added documents of the settings' home, ready to be changed.

    Args:
        settings: name the home and the limits.
        model: the embedding model where one is loaded already.
        prepared: home whose prepared models are used, where it is another.

    Raises:
        ConfigurationError: they cannot be opened.
    """
    store = DocumentStore(settings.home)
    cache = VectorCache(store.folder / VECTORS)
    asked = model or vector_model(settings)
    passages = passage_model(prepared or settings.home, settings.threads, asked, cache)
    return Shelf(store, passages, cache, document_limits(settings))


def passage_model(home: Path, threads: int, asked: CachedModel, cache: VectorCache) -> KeptModel:
    """What added documents are embedded with: the bundled model in 8 bits, any other as it is.

    Vectors that the whole model made earlier stay in use.

    Args:
        home: where prepared models are kept.
        threads: runs at once; 0 takes all cores.
        asked: what questions are embedded with.
        cache: of the documents.
    """
    if asked.identity != BUNDLED_IDENTITY:
        return asked.kept_in(cache)

    def load() -> VectorModel:
        whole = onnx_file(home)
        target = whole.with_name(EIGHT_BIT_NAME)
        tokenizer = bundled_model_folder() / "tokenizer.json"
        if not target.exists():
            if not whole.exists():
                export_onnx(bundled_model_folder(), whole)
            quantise(whole, target)
        return OnnxEmbeddings(target, tokenizer, threads=threads)

    made = CachedModel(load, f"{BUNDLED_IDENTITY}:8bit", cache, as_good=(BUNDLED_IDENTITY,))
    return ByPurpose(made, asked)


def passage_search(shelf: Shelf, index: Index, identity: str) -> PassageSearch:
    """What searches a shelf's documents beside a library.

    Args:
        shelf: the documents.
        index: of the library, for how rare words are.
        identity: of the embedding model.
    """
    head = read_head() if identity == BUNDLED_IDENTITY else None

    def frequency(token: str) -> int:
        return len(lexical.holders(index.bm25, token))

    return PassageSearch(shelf.store, shelf.model, head, frequency, len(index.units))


def build(
    settings: Settings, *, force: bool = False, progress: Progress | None = None
) -> BuildReport:
    """Bring the index of the settings' library up to date; see ``indexing.build``."""
    if progress and not onnx_file(settings.home).exists():
        progress("Preparing the embedding model (once)", 0, 1)
    base = vector_model(settings)
    learned_labels(settings, base)
    reranker(settings, base)
    model = retrieval_model(base)
    return build_index(settings.corpus, settings.home, model, force=force, progress=progress)


class Assistant:
    """Answers questions from one library. Open one with ``Assistant.open()``; it can be shared
    between threads."""

    def __init__(
        self,
        settings: Settings,
        index: Index,
        retriever: Retriever,
        pipeline: Pipeline,
        shelf: Shelf | None,
        chat_model: Address | None = None,
    ) -> None:
        self.settings = settings
        self.index = index
        self.retriever = retriever
        self.pipeline = pipeline
        self.shelf = shelf
        """The documents that were added; None where they cannot be read."""
        self.chat_model = chat_model
        """Where questions go to be worded; None where no chat model is asked."""
        self._gaps: GapLog = gap_log(settings.home, settings.gap_log)

    @classmethod
    def open(
        cls,
        *,
        build: Literal["missing", "never", "always"] = "missing",
        progress: Progress | None = None,
        **settings: Any,
    ) -> Assistant:
        """Open the assistant.

        Args:
            build: "missing" builds the index where there is none; "always" also where it does not
                fit the library or model; "never" refuses both.
            progress: told how a build goes.
            **settings: fields of ``Settings``, over environment, file and defaults.

        Raises:
            ConfigurationError: a setting is wrong, or the index is missing or does not fit.
            CorpusError, PromptError: a file of the library or of the prompts is broken.
        """
        return cls.from_settings(read_settings(**settings), build_when=build, progress=progress)

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        build_when: Literal["missing", "never", "always"] = "missing",
        progress: Progress | None = None,
    ) -> Assistant:
        """Open the assistant with settings read before; see ``open``."""
        model = vector_model(settings)
        searching = retrieval_model(model)
        index = _opened(settings, searching, build_when, progress)
        prompts = settings.prompts
        askable = (
            read_askable(model.fresh) if model.identity == BUNDLED_IDENTITY else lambda text: 0.0
        )
        glossary = read_glossary(settings.corpus)
        shelf, documents = _documents_beside(settings, index, model)
        retriever = Retriever(
            index,
            searching.fresh,
            glossary,
            askable,
            documents,
            unreadable=shelf is None,
            read=reranker(settings, model),
        )
        screener = prepared_screener(settings, model)
        wording = read_wording(prompts)
        known = read_ambiguities(prompts)
        vectors = model.vectors(ask_texts(known))
        clarifier = Clarifier(known, model.fresh, vectors, index.library.answered_asks())
        communities = Communities(
            {slug: Community(**data) for slug, data in read_communities(settings.corpus).items()}
        )
        authors = family_names(index.library)
        chat = _chat(settings, wording, model, authors)
        pipeline = Pipeline(
            library=index.library,
            retriever=retriever,
            composer=Composer(index.library, wording, settings.evidence, communities),
            messages=load_messages(prompts),
            wording=wording,
            signposts=load_signposts(prompts),
            screen=screener.screen,
            clarify=clarifier.choices,
            authors=authors,
            engine=partial(_engine, settings, index, shelf.store if shelf else None),
            documents=shelf.store if shelf else None,
            max_question_chars=settings.max_question_chars,
            generator=chat.generator if chat else None,
            asker=chat.asker if chat else None,
        )
        address = chat.address if chat else None
        return cls(settings, index, retriever, pipeline, shelf, address)

    @property
    def library(self) -> Library:
        """The library that answers come from, as it was indexed."""
        return self.index.library

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters | None = None,
        user: User | None = None,
        stage: Stage = lambda words: None,
        *,
        say: Say = say_nothing,
        cancel: Cancel | None = None,
        nobody_in_danger: bool = False,
    ) -> Answer:
        """Answer one question; ``.model_dump(mode="json")`` of it is what ``ask --json`` prints.

        Args:
            question: as asked.
            history: earlier turns of the conversation, oldest first.
            filters: what to narrow the library to.
            user: who asks; orders next steps and never the evidence.
            stage: told "screening", "reading", "composing" and, with a chat model, "writing" as
                each begins.
            say: told each statement that a chat model wrote, once it passed the gate.
            cancel: stops a chat model; the answer is then the one without it.
            nobody_in_danger: who asks has seen the help, and says that nobody is in danger
                (``Answer.danger_uncertain``).

        Raises:
            UsageError: the question is empty or too long.
        """
        answer = self.pipeline.ask(
            question, history, filters, user, stage, say, cancel, nobody_in_danger
        )
        self._gaps.note(answer)
        return answer

    def search(self, query: str, top: int = 10, filters: Filters | None = None) -> list[Evidence]:
        """The best evidence for a query, with scores and their parts. Nothing is screened.

        Raises:
            UsageError: the query is empty or too long.
        """
        text = self.pipeline.cleaned(query)
        found = self.retriever.search(text, top=top, filters=filters)
        both = sorted([*found.evidence, *found.passages], key=lambda e: (-e.score, e.rank))
        return [e.model_copy(update={"rank": n}) for n, e in enumerate(both[:top], 1)]

    def screen(self, question: str, history: Sequence[Turn] = ()) -> Screening:
        """What the screen makes of a question."""
        return self.pipeline.screen(self.pipeline.cleaned(question), history)

    def signposts(self, reason: Reason, text: str = "") -> tuple[Signpost, ...]:
        """Where to turn for help, for one reason; places that ``text`` names come first, behind
        the one for danger to life."""
        return self.pipeline.signposts.for_reason(reason, text)

    def explain(
        self,
        question: str,
        filters: Filters | None = None,
        note: str | None = None,
        searched: str | None = None,
    ) -> Explanation:
        """What each stage did with a question: ranks, gate, what was kept, left out, and why.

        Args:
            question: as asked.
            filters: what the search was narrowed to.
            note: id of a note; the explanation says what became of it.
            searched: the answer's stand-alone question, where it is another than the question.

        Raises:
            UsageError: the question is empty or too long.
        """
        text = self.pipeline.cleaned(question)
        explainer = Explainer(self.library, self.retriever, self.settings.evidence, SEARCH_DEPTH)
        alone = without_labels(masked(searched or text, authors=self.pipeline.authors)[0])
        return explainer.explain(text, alone, self.screen(text), filters or Filters(), note)

    def export(self, answers: Answer | Sequence[Answer], form: str = "docx") -> bytes:
        """One answer, or several as one paper, as the content of a file.

        Args:
            answers: what to export.
            form: docx, pdf, md, csv, xlsx, bibtex, ris, csl, harvard, apa or vancouver.

        Raises:
            UsageError: there is no such format, or nothing to write in it.
            ConfigurationError: the typesetter of PDF cannot be used.
        """
        from assistant.exports.answers import conversation_paper
        from assistant.exports.forms import form_of, written

        several = [answers] if isinstance(answers, Answer) else list(answers)
        return written(conversation_paper(several), form_of(form))

    @cached_property
    def managers(self) -> Managers:
        """Checklists, the check of a draft, the picture of what is in place."""
        from assistant.assembly.managers import Managers

        return Managers(self.settings, self.library)

    @cached_property
    def trainers(self) -> Trainers:
        """Exercises, course packs, feedback on a learner's answer."""
        from assistant.assembly.trainers import NEAR_NOTES, Trainers

        return Trainers(
            self.settings,
            self.library,
            search=lambda words: self.search(words, top=NEAR_NOTES),
            screen=self.screen,
            varier=_varier(self.settings, self.pipeline.generator),
        )

    def example_questions(self, user: User) -> list[str]:
        """Questions to show to somebody who has not asked anything yet."""
        return list(_examples(self.settings.prompts).get(user, ()))

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what was opened. The index on disk needs no closing."""
        if self.shelf is not None:
            self.shelf.close()


def _chat(
    settings: Settings, wording: Wording, model: CachedModel, authors: frozenset[str]
) -> Chat | None:
    """The chat model, where one is set; nothing of it is imported where none is."""
    if not settings.model:
        return None
    from assistant.assembly.chat import chat_of

    return chat_of(settings, wording, gate_of(settings, model), authors)


def _varier(settings: Settings, generator: Generator | None) -> Varier | None:
    """What rewords stories, with the model that words answers; None where none is set."""
    if generator is None:
        return None
    from assistant.assembly.chat import varier_of

    return varier_of(settings, generator.writer)


def gate_of(settings: Settings, model: CachedModel) -> Gate:
    """What statements of a chat model have to pass, with the fitted models that can be had."""
    apart = entails_of(settings, model)
    together = None if apart is None else together_of(settings, apart)
    return Gate(apart) if together is None else Gate(together, weights="with_larger")


def together_of(settings: Settings, apart: Entails) -> TogetherEntails | None:
    """The gate's network beside the larger model, prepared where it is not yet; None where the
    larger model's packages are not installed."""
    parts = installed_parts()
    if parts is None:
        return None
    learned, identity = read_arrays(TOGETHER_FILE)
    target = settings.home / "models" / f"{LARGER_SHA256[:16]}-{identity}" / "pairs.onnx"
    if not target.exists():
        failed = "The larger model of the gate could not be prepared for this machine."
        export = partial(export_pairs, delta=learned, pool=mean_and_first, failed=failed)
        prepare(parts, target, export)
    odds = larger_odds(target, target.with_name(TOKENIZER_NAME), threads=settings.threads)
    return TogetherEntails(odds, apart)


def entails_of(settings: Settings, model: CachedModel) -> Entails | None:
    """The gate's fitted network over the bundled model, prepared where it is not yet; None beside
    another model than the bundled one, on whose weights it rests."""
    if model.identity != BUNDLED_IDENTITY:
        return None
    head, _ = read_grounding_head()
    target = states_file(settings.home)
    folder = bundled_model_folder()
    if not target.exists():
        export_states(folder, target)
    states = OnnxStates(target, folder / "tokenizer.json", threads=settings.threads)
    return LearnedEntails(states, head)


def family_names(library: Library) -> frozenset[str]:
    """Family names of the library's authors, in small letters."""
    authors = (author for source in library.sources.values() for author in source.authors)
    return frozenset(name.lower() for author in authors if (name := family_name(author)))


def screen_file(home: Path, identity: str) -> Path:
    """Where the screen's fitted model, prepared for this machine, is kept."""
    return home / "models" / f"{WEIGHTS_SHA256[:16]}-{identity}" / "screen.onnx"


def learned_labels(settings: Settings, model: CachedModel) -> LearnedLabels | None:
    """The screen's fitted model, prepared where it is not yet; None beside another model than the
    bundled one, on whose weights it rests."""
    if model.identity != BUNDLED_IDENTITY:
        return None
    delta, identity = read_delta()
    target = screen_file(settings.home, identity)
    folder = bundled_model_folder()
    if not target.exists():
        export_onnx(folder, target, delta)
    run = OnnxTexts(target, folder / "tokenizer.json", width=len(LABELS), threads=settings.threads)
    return LearnedLabels(run.rows)


def reranker(settings: Settings, model: CachedModel) -> PairOdds | None:
    """What reads a question and a text together, prepared where it is not yet; None beside another
    model than the bundled one, on whose weights it rests."""
    if model.identity != BUNDLED_IDENTITY:
        return None
    learned, identity = read_arrays(RERANKER_FILE)
    target = settings.home / "models" / f"{WEIGHTS_SHA256[:16]}-{identity}" / "reranker.onnx"
    folder = bundled_model_folder()
    if not target.exists():
        with TemporaryDirectory(dir=_made(target.parent), prefix="exported-") as name:
            exported = Path(name) / "exported.onnx"
            check_weights(folder)
            failed = "The reranker could not be prepared for this machine."
            export_pairs(folder, exported, learned, question_and_text, failed)
            quantise_throughout(exported, target)
    return reranker_odds(target, folder / "tokenizer.json", threads=settings.threads)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def prepared_screener(settings: Settings, model: CachedModel) -> Screener:
    """The screen; what is costly to work out is kept in the home folder for the next start.

    What is kept is named after the hashes of the files that it came from and of the model, and is
    made anew where it is missing or does not fit.
    """
    learned = learned_labels(settings, model)
    kept = settings.home / "screen" / f"{_screen_key(settings.prompts, model.identity)}.npz"
    try:
        with np.load(kept, allow_pickle=False) as arrays:
            rules = load_screening(settings.prompts, check=False)
            return Screener(rules, model.fresh, arrays["vectors"], arrays["votes"], learned)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, zlib.error, ModelError):
        pass
    rules = load_screening(settings.prompts)
    vectors = example_vectors(rules, model.vectors)
    screener = Screener(rules, model.fresh, vectors, learned=learned)
    _keep(kept, vectors, screener.votes)
    return screener


def _screen_key(prompts: Path, identity: str) -> str:
    hashes = prompt_hashes(prompts)
    parts = (identity, hashes.get(RULES_FILE, ""), hashes.get(EXAMPLES_FILE, ""))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def _keep(path: Path, vectors: Vectors, votes: Votes) -> None:
    """Write both in one step, in place of older ones; a start must not fail for want of room."""
    partial = path.with_name(f"{os.getpid()}.part.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(partial, vectors=vectors, votes=votes)
        for older in path.parent.glob("*.npz"):
            if older != partial:
                older.unlink(missing_ok=True)
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)


def _opened(
    settings: Settings,
    model: KeptModel,
    build_when: Literal["missing", "never", "always"],
    progress: Progress | None,
) -> Index:
    version = library_version(settings.corpus)
    try:
        return open_index(settings.home, version, model.identity)
    except ConfigurationError as error:
        missing = isinstance(error, IndexMissingError)
        if build_when == "never" or (build_when == "missing" and not missing):
            raise
    build(settings, progress=progress)
    return open_index(settings.home, library_version(settings.corpus), model.identity)


def _documents_beside(
    settings: Settings, index: Index, model: CachedModel
) -> tuple[Shelf | None, PassageSearch | None]:
    """The added documents and what searches them; None where they cannot be opened: the library
    still answers then, and each answer says what is missing."""
    try:
        shelf = open_shelf(settings, model)
    except ConfigurationError:
        return None, None
    return shelf, passage_search(shelf, index, model.identity)


def _engine(settings: Settings, index: Index, store: DocumentStore | None) -> Engine:
    """What makes answers now: added documents are part of the library's version."""
    try:
        added = store.state() if store else ""
    except ConfigurationError:
        added = "unreadable"
    version = index.manifest.library_version
    return Engine(
        mode="extractive",
        model=None,
        fallback_reason=None,
        index_id=index.manifest.index_id,
        library_version=f"{version}+{added}" if added else version,
        prompt_hashes=prompt_hashes(settings.prompts),
        settings_hash=settings.answer_hash(),
    )


def _examples(prompts: Path) -> dict[str, list[str]]:
    path = prompts / "examples.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PromptError(path.name, "", f"cannot be read: {error}.") from error
    return {user: [str(line) for line in lines] for user, lines in data.items()}
