"""The order of steps: nothing unscreened is answered, and each early end says why."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from typing import Any, get_args

import pytest

from assistant import pipeline as pipeline_module
from assistant.answering.support import Support
from assistant.assembly import Assistant
from assistant.citations import statements_of, verify
from assistant.errors import ModelError, PromptError, UsageError
from assistant.pipeline import EDITOR_ANSWERED, SAME_WORDS, Pipeline, other_language
from assistant.retrieval import Found
from assistant.schema import Answer, Filters, Reason, RiskSubject, Screening, Turn
from assistant.text import normalise, sentences
from tests.small_library import (
    ASK_FOREIGN,
    ASK_KEYS,
    ASK_LAW,
    ASK_NOTHING,
    ASK_NURSE,
    ASK_SUPERVISION,
    ASK_TRIAL,
)

FREE = Screening(outcome=None, reason=None, risk_subject="none")


class Watched:
    """A retriever that remembers what was searched for."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.searched: list[str] = []
        self.filters: list[Filters | None] = []

    def search(self, question: str, **more: Any) -> Found:
        self.searched.append(question)
        self.filters.append(more.get("filters"))
        found: Found = self.inner.search(question, **more)
        return found

    def knows(self, word: str) -> bool:
        return bool(self.inner.knows(word))


@pytest.fixture
def pipeline(small_assistant: Assistant) -> Pipeline:
    """The real pipeline, its retriever watched."""
    real = small_assistant.pipeline
    watched: Any = Watched(real.retriever)
    return dataclasses.replace(real, retriever=watched)


def searched(pipeline: Pipeline) -> list[str]:
    watched: Any = pipeline.retriever
    return list(watched.searched)


def screened_as(pipeline: Pipeline, screening: Screening) -> Pipeline:
    return dataclasses.replace(pipeline, screen=lambda question, history: screening)


def uncited(answer: Answer) -> bool:
    return not answer.citations and not any(s.citations for _, s in statements_of(answer))


# ---------------------------------------------------------------- the screen


@pytest.mark.parametrize(
    "error",
    [ModelError("no"), PromptError("a", "b", "c"), ValueError(), MemoryError(), RecursionError()],
    ids=lambda error: type(error).__name__,
)
def test_broken_screen_fails_and_nothing_is_looked_up(error: Exception, pipeline: Pipeline) -> None:
    def broken(question: str, history: Sequence[Turn]) -> Screening:
        raise error

    answer = dataclasses.replace(pipeline, screen=broken).ask(ASK_LAW)
    assert (answer.outcome, answer.reason) == ("failed", "screen_failed")
    assert searched(pipeline) == []
    assert uncited(answer)
    assert answer.summary[0].text
    assert answer.positions == ()
    assert answer.related == ()
    # Whoever asked in danger must still find help.
    assert answer.signposts == pipeline.signposts.for_reason("screen_failed")


def test_interrupting_is_not_swallowed(pipeline: Pipeline) -> None:
    def interrupted(question: str, history: Sequence[Turn]) -> Screening:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dataclasses.replace(pipeline, screen=interrupted).ask(ASK_LAW)


def test_screen_sees_the_cleaned_question_and_the_history(pipeline: Pipeline) -> None:
    seen: list[tuple[str, Sequence[Turn]]] = []

    def screen(question: str, history: Sequence[Turn]) -> Screening:
        seen.append((question, history))
        return FREE

    history = [Turn(question=ASK_TRIAL)]
    dataclasses.replace(pipeline, screen=screen).ask("  the\u200b law\n on force ", history)
    assert seen == [("the law on force", history)]


def test_own_danger_gets_help_and_nothing_else(pipeline: Pipeline) -> None:
    answer = pipeline.ask("I want to kill myself")
    assert (answer.outcome, answer.reason, answer.risk_subject) == (
        "signposted",
        "crisis_self",
        "own",
    )
    assert uncited(answer)
    assert (answer.sections, answer.positions, answer.related) == ((), (), ())
    assert answer.signposts
    assert "999" in " ".join(post.contact for post in answer.signposts)
    assert searched(pipeline) == []


def test_danger_of_another_gets_steps_signposts_and_cited_guidance(pipeline: Pipeline) -> None:
    answer = pipeline.ask("A man I support told me he will kill himself tonight")
    assert (answer.outcome, answer.reason, answer.risk_subject) == (
        "signposted",
        "crisis_other",
        "other",
    )
    assert len(answer.next_steps) >= 3
    assert answer.signposts
    (section,) = answer.sections
    assert section.statements
    assert all(statement.citations for statement in section.statements)
    assert {c.evidence_id for c in answer.citations} == {"danger-guide-2019-1"}
    assert verify(answer, pipeline.library).ok


def test_abuse_of_another_gets_the_safeguarding_guidance(pipeline: Pipeline) -> None:
    answer = pipeline.ask("A woman I support says her husband hits her")
    assert (answer.outcome, answer.reason) == ("signposted", "safeguarding")
    assert {c.evidence_id for c in answer.citations} == {"danger-guide-2019-2"}
    assert verify(answer, pipeline.library).ok


def test_help_for_another_is_followed_by_what_the_library_says_to_the_question(
    pipeline: Pipeline,
) -> None:
    screening = Screening(outcome="signposted", reason="crisis_other", risk_subject="other")
    plain = pipeline.ask(ASK_LAW)
    answer = screened_as(pipeline, screening).ask(ASK_LAW)
    assert answer.outcome == "signposted"
    assert answer.signposts
    guidance, said = answer.sections
    assert guidance.heading == pipeline.wording.text("escalation_heading")
    assert said.heading == pipeline.wording.text("escalation_question_heading")
    assert [s.text for s in said.statements] == [s.text for s in plain.summary]
    assert [c.n for c in answer.citations] == list(range(1, len(answer.citations) + 1))
    cited = {c.n: c.evidence_id for c in answer.citations}
    for statement in said.statements:
        assert [cited[n] for n in statement.citations] == list(statement.evidence_ids)
    assert verify(answer, pipeline.library).ok


def test_help_by_nearness_alone_offers_the_way_on_and_keeps_the_help_above(
    pipeline: Pipeline,
) -> None:
    near = Screening(
        outcome="signposted",
        reason="crisis_self",
        risk_subject="own",
        signals=("examples-whole",),
    )
    screened = screened_as(pipeline, near)
    first = screened.ask(ASK_LAW)
    assert (first.outcome, first.danger_uncertain) == ("signposted", True)
    assert uncited(first)
    again = screened.ask(ASK_LAW, nobody_in_danger=True)
    plain = pipeline.ask(ASK_LAW)
    assert (again.outcome, again.danger_uncertain) == (plain.outcome, False)
    assert again.summary == plain.summary
    assert again.citations == plain.citations
    assert "999" in again.signposts[0].contact


def danger_near(reason: Reason, *signals: str) -> Screening:
    subject: RiskSubject = "own" if reason == "crisis_self" else "other"
    return Screening(
        outcome="signposted",
        reason=reason,
        risk_subject=subject,
        signals=signals or ("examples-whole",),
    )


DANGERS: tuple[Reason, ...] = ("crisis_self", "crisis_other", "safeguarding")


@pytest.mark.parametrize("reason", DANGERS)
def test_what_an_editor_answered_in_these_words_is_no_danger_by_nearness(
    reason: Reason, pipeline: Pipeline
) -> None:
    answer = screened_as(pipeline, danger_near(reason)).ask(ASK_NURSE)
    plain = pipeline.ask(ASK_NURSE)
    assert (answer.outcome, answer.summary) == (plain.outcome, plain.summary)
    assert answer.citations
    # Who may after all be in danger still sees whom to ring.
    contacts = " ".join(post.contact for post in answer.signposts)
    assert ("999" in contacts) is (reason == "crisis_self")


@pytest.mark.parametrize("reason", DANGERS)
def test_danger_stands_where_the_words_are_others_or_a_rule_saw_it(
    reason: Reason, pipeline: Pipeline
) -> None:
    ruled = screened_as(pipeline, danger_near(reason, "own-intent", "examples-whole"))
    assert ruled.ask(ASK_NURSE).reason == reason
    other = f"{ASK_NURSE} who frightens me"
    (near, *_) = pipeline.retriever.search(other).answers
    assert EDITOR_ANSWERED < near.parts["ask"] < SAME_WORDS
    assert screened_as(pipeline, danger_near(reason)).ask(other).reason == reason


@pytest.mark.parametrize("reason", DANGERS)
def test_danger_stands_where_the_brief_puts_help_first(reason: Reason, pipeline: Pipeline) -> None:
    briefs = tuple(
        brief.model_copy(update={"help_first": True}) for brief in pipeline.library.data.briefs
    )
    data = pipeline.library.data.model_copy(update={"briefs": briefs})
    library = dataclasses.replace(pipeline.library, data=data)
    screened = dataclasses.replace(screened_as(pipeline, danger_near(reason)), library=library)
    assert screened.ask(ASK_NURSE).reason == reason


@pytest.mark.parametrize("reason", DANGERS)
def test_danger_by_nearness_stands_where_the_search_breaks(
    reason: Reason, pipeline: Pipeline
) -> None:
    def broken(*args: Any, **more: Any) -> Any:
        raise RuntimeError("the index is gone")

    screened = screened_as(pipeline, danger_near(reason))
    deaf = dataclasses.replace(screened, retriever=_Broken(broken))
    answer = deaf.ask(ASK_NURSE)
    assert (answer.outcome, answer.reason) == ("signposted", reason)
    assert answer.signposts


def test_danger_that_a_rule_saw_has_no_way_around_the_help(pipeline: Pipeline) -> None:
    answer = pipeline.ask("I am going to kill myself tonight", nobody_in_danger=True)
    assert (answer.outcome, answer.reason) == ("signposted", "crisis_self")
    assert not answer.danger_uncertain
    assert uncited(answer)


def test_help_for_another_stands_where_the_search_breaks(pipeline: Pipeline) -> None:
    def broken(*args: Any, **more: Any) -> Any:
        raise RuntimeError("the index is gone")

    screening = Screening(outcome="signposted", reason="crisis_other", risk_subject="other")
    deaf = dataclasses.replace(screened_as(pipeline, screening), retriever=_Broken(broken))
    answer = deaf.ask(ASK_LAW)
    assert answer.outcome == "signposted"
    assert answer.signposts
    assert len(answer.sections) == 1


@dataclasses.dataclass(frozen=True)
class _Broken:
    search: Any


@pytest.mark.parametrize("reason", ["crisis_other", "safeguarding"])
def test_help_stands_where_the_library_has_no_guidance(reason: Reason, pipeline: Pipeline) -> None:
    bare = pipeline.library.data.model_copy(update={"briefs": ()})
    library = dataclasses.replace(pipeline.library, data=bare)
    screening = Screening(outcome="signposted", reason=reason, risk_subject="other")
    answer = dataclasses.replace(screened_as(pipeline, screening), library=library).ask("help")
    assert answer.outcome == "signposted"
    assert answer.next_steps
    assert answer.signposts
    assert uncited(answer)


@pytest.mark.parametrize("reason", ["crisis_other", "safeguarding"])
def test_a_relative_meets_no_lines_for_staff(reason: Reason, pipeline: Pipeline) -> None:
    screening = Screening(outcome="signposted", reason=reason, risk_subject="other")
    asked = screened_as(pipeline, screening)
    relative = asked.ask("my mum is on the ward and nobody listens")
    worker = asked.ask("somebody I support is on the ward and nobody listens")
    message = pipeline.messages.for_key(reason)
    assert message.carer is not None
    assert relative.next_steps == (*message.carer.steps, *message.carer.close)
    assert worker.next_steps == (*message.steps, *message.close)
    heading = pipeline.wording.text("escalation_heading")
    assert heading in [section.heading for section in worker.sections]
    assert heading not in [section.heading for section in relative.sections]


@pytest.mark.parametrize(("signals", "ours"), [(("examples-whole",), True), (("plan",), False)])
def test_own_danger_that_a_rule_saw_stays_the_writers_own(
    signals: tuple[str, ...], ours: bool, pipeline: Pipeline
) -> None:
    screening = Screening(
        outcome="signposted", reason="crisis_self", risk_subject="own", signals=signals
    )
    answer = screened_as(pipeline, screening).ask("my husband has gone and I cannot go on")
    message = pipeline.messages.for_key("crisis_self")
    lead = message.to("carer" if ours else None).lead
    assert [statement.text for statement in answer.summary] == list(lead)


@pytest.mark.parametrize(
    "reason", ["medical_advice", "legal_advice", "therapy", "out_of_scope", "injection"]
)
def test_declined_question_says_why_and_cites_nothing(reason: Reason, pipeline: Pipeline) -> None:
    screening = Screening(outcome="declined", reason=reason, risk_subject="none")
    answer = screened_as(pipeline, screening).ask(ASK_LAW)
    assert (answer.outcome, answer.reason) == ("declined", reason)
    assert [s.text for s in answer.summary] == list(pipeline.messages.for_key(reason).lead)
    assert answer.signposts == pipeline.signposts.for_reason(reason)
    assert uncited(answer)
    assert searched(pipeline) == []


def declined_near(reason: Reason) -> Screening:
    return Screening(
        outcome="declined", reason=reason, risk_subject="none", signals=("examples-whole",)
    )


@pytest.mark.parametrize("reason", ["medical_advice", "legal_advice", "therapy", "out_of_scope"])
def test_what_an_editor_answered_is_not_declined_by_nearness(
    reason: Reason, pipeline: Pipeline
) -> None:
    answer = screened_as(pipeline, declined_near(reason)).ask(ASK_NURSE)
    plain = pipeline.ask(ASK_NURSE)
    assert (answer.outcome, answer.summary) == (plain.outcome, plain.summary)
    assert answer.citations


def test_what_no_editor_answered_is_declined_by_nearness(pipeline: Pipeline) -> None:
    answer = screened_as(pipeline, declined_near("legal_advice")).ask(ASK_LAW)
    assert (answer.outcome, answer.reason) == ("declined", "legal_advice")


@pytest.mark.parametrize("signals", [("legal-case",), ("legal-case", "examples-whole"), ()])
def test_an_editors_answer_does_not_undo_a_rule(
    signals: tuple[str, ...], pipeline: Pipeline
) -> None:
    ruled = declined_near("legal_advice").model_copy(update={"signals": signals})
    answer = screened_as(pipeline, ruled).ask(ASK_NURSE)
    assert (answer.outcome, answer.reason) == ("declined", "legal_advice")


def test_an_editors_answer_does_not_let_an_order_through(pipeline: Pipeline) -> None:
    answer = screened_as(pipeline, declined_near("injection")).ask(ASK_NURSE)
    assert (answer.outcome, answer.reason) == ("declined", "injection")


def test_dose_is_declined(pipeline: Pipeline) -> None:
    answer = pipeline.ask("what dose of sertraline should I take")
    assert (answer.outcome, answer.reason) == ("declined", "medical_advice")


@pytest.mark.parametrize("subject", ["none", "policy"])
def test_free_question_is_answered_and_keeps_whose_risk_it_is(
    subject: Any, pipeline: Pipeline
) -> None:
    screening = FREE.model_copy(update={"risk_subject": subject})
    answer = screened_as(pipeline, screening).ask(ASK_LAW)
    assert (answer.outcome, answer.risk_subject) == ("answered", subject)
    assert answer.signposts == ()


def test_every_reason_has_words_and_a_list_of_signposts(pipeline: Pipeline) -> None:
    for reason in get_args(Reason):
        assert pipeline.messages.for_key(reason).lead
        assert isinstance(pipeline.signposts.for_reason(reason), tuple)


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    "question",
    [
        "",
        "   ",
        "\n\t\r",
        "\x00\x01\x02",
        "\u200b\u200d\ufeff",
        "\u202e\u202c",
        "?!…",
        "😀 👍",
        "—",
    ],
)
def test_nothing_asked_is_a_mistake_of_the_call(question: str, pipeline: Pipeline) -> None:
    with pytest.raises(UsageError, match="empty"):
        pipeline.ask(question)
    assert searched(pipeline) == []


@pytest.mark.parametrize(
    "question",
    ["a" * 50_000, "why " * 12_500, "\u202e" * 50_000, "ﷺ" * 2000, "a" * 2001, "\ud800" * 50_000],
    ids=["letters", "words", "bidi", "ligatures", "one too many", "surrogates"],
)
def test_too_long_a_question_is_refused_at_once(question: str, pipeline: Pipeline) -> None:
    began = time.perf_counter()
    with pytest.raises(UsageError, match="characters") as caught:
        pipeline.ask(question)
    assert time.perf_counter() - began < 1
    assert "few sentences" in caught.value.hint
    assert searched(pipeline) == []


def test_longest_question_is_read(pipeline: Pipeline) -> None:
    question = f"{ASK_LAW} {'force ' * 400}"[:2000].strip()
    assert pipeline.ask(question).question == question


def test_hidden_and_control_characters_change_nothing(pipeline: Pipeline) -> None:
    plain = pipeline.ask(ASK_LAW).comparable()
    hidden = ASK_LAW.replace("training", "tr\u200bain\u00ading").replace(" ", "\x00 ")
    assert pipeline.ask(hidden).comparable() == plain
    turned = f"\u202e{ASK_LAW}\u202c"
    assert pipeline.ask(turned).comparable() == plain


def test_wide_letters_are_read_as_plain_ones(pipeline: Pipeline) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isalpha() else c for c in ASK_LAW)
    assert pipeline.ask(wide).question == ASK_LAW


def test_markup_is_words_like_any_other(pipeline: Pipeline) -> None:
    free = screened_as(pipeline, FREE)
    for question in (f"<script>{ASK_LAW}</script>", f"{ASK_LAW} %s {{0}} ${{x}} '); drop table"):
        answer = free.ask(question)
        assert answer.question == question
        assert answer.outcome in {"answered", "partial"}


@pytest.mark.parametrize(
    "question",
    [
        "Kto powinien nadzorować pracowników wsparcia rówieśniczego na oddziale zamkniętym",
        "Wer sollte Genesungsbegleiter auf einer geschlossenen Station anleiten und begleiten",
        "من يجب أن يشرف على عامل دعم الأقران",
        "谁应该监督同伴支持工作者",
        "Кто должен руководить равным консультантом",
    ],
)
def test_other_languages_are_told_so_and_not_looked_up(question: str, pipeline: Pipeline) -> None:
    answer = screened_as(pipeline, FREE).ask(question)
    assert (answer.outcome, answer.reason) == ("not_in_library", "other_language")
    assert uncited(answer)
    assert answer.summary[0].text
    assert searched(pipeline) == []


@pytest.mark.parametrize(
    "question",
    [
        ASK_LAW,
        "supervision",
        "psw supervision force training",
        "Zoë's café rota?",
        "hi",
        "band 3 psw pay",
    ],
)
def test_english_is_english_however_short(question: str, pipeline: Pipeline) -> None:
    assert not other_language(question, lambda word: False)
    assert screened_as(pipeline, FREE).ask(question).reason != "other_language"


def test_keywords_that_the_library_knows_are_english() -> None:
    words = "policy lone working travel risk assessment template"
    assert other_language(words, lambda word: False)
    assert not other_language(words, lambda word: True)


# ---------------------------------------------------------------- answering


def test_stages_are_told_in_their_order(pipeline: Pipeline) -> None:
    told: list[str] = []
    pipeline.ask(ASK_LAW, stage=told.append)
    assert told == ["screening", "reading", "composing"]


def test_times_are_kept_for_every_step(pipeline: Pipeline) -> None:
    for question in (ASK_LAW, ASK_NOTHING, "I want to kill myself"):
        times = pipeline.ask(question).timings_ms
        assert list(times) == ["screen", "rewrite", "retrieve", "compose", "verify", "total"]
        assert all(spent >= 0 for spent in times.values())
        parts = sum(spent for step, spent in times.items() if step != "total")
        assert times["total"] == pytest.approx(parts, abs=50)


def test_filters_reach_the_search(pipeline: Pipeline) -> None:
    filters = Filters(jurisdiction=("Australia",))
    answer = pipeline.ask(ASK_FOREIGN, filters=filters)
    watched: Any = pipeline.retriever
    assert watched.filters == [filters]
    assert {c.jurisdiction for c in answer.citations} <= {"Australia"}


def test_answer_that_does_not_verify_is_not_shown(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = pipeline.composer.compose

    def tampered(*args: Any) -> Any:
        draft = compose(*args)
        wrong = draft.summary[0].model_copy(update={"text": "A unit need not train anybody."})
        return dataclasses.replace(draft, summary=(wrong, *draft.summary[1:]))

    monkeypatch.setattr(pipeline.composer, "compose", tampered)
    answer = pipeline.ask(ASK_LAW)
    assert answer.outcome == "failed"
    assert uncited(answer)


def test_fault_in_composing_keeps_its_traceback(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not be worded like a gap in the library."""

    def bug(*args: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline.composer, "compose", bug)
    with pytest.raises(ZeroDivisionError):
        pipeline.ask(ASK_LAW)


# ---------------------------------------------------------------- conversation


def turns(*questions: str, outcome: Any = "answered") -> list[Turn]:
    return [Turn(question=question, outcome=outcome) for question in questions]


def test_follow_up_is_searched_with_the_question_before(pipeline: Pipeline) -> None:
    answer = screened_as(pipeline, FREE).ask("and at night?", turns(ASK_KEYS))
    assert searched(pipeline) == [f"{ASK_KEYS} and at night?"]
    assert answer.question == "and at night?"
    assert answer.standalone_question == f"{ASK_KEYS} and at night?"
    assert answer.citations[0].evidence_id == "ward-rules-2021-1"


def test_question_that_stands_alone_is_not_folded(pipeline: Pipeline) -> None:
    answer = pipeline.ask(ASK_LAW, turns(ASK_KEYS))
    assert searched(pipeline) == [ASK_LAW]
    assert answer.standalone_question == ASK_LAW


@pytest.mark.parametrize("folded_in", [True, False])
def test_short_question_is_read_in_the_way_that_is_supported_better(
    folded_in: bool, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = f"{ASK_KEYS} night shifts"
    better = both if folded_in else "night shifts"
    monkeypatch.setattr(
        pipeline_module,
        "support_of",
        lambda question, found: Support(0.9 if question == better else 0.1, {}),
    )
    answer = screened_as(pipeline, FREE).ask("night shifts", turns(ASK_KEYS))
    assert searched(pipeline) == ["night shifts", both]
    assert answer.standalone_question == better


def test_short_first_question_is_searched_once(pipeline: Pipeline) -> None:
    screened_as(pipeline, FREE).ask("night shifts")
    assert searched(pipeline) == ["night shifts"]


@pytest.mark.parametrize("outcome", ["signposted", "declined", "failed"])
def test_turns_met_with_help_are_not_searched_for(outcome: Any, pipeline: Pipeline) -> None:
    history = [*turns(ASK_SUPERVISION), *turns("I want to die", outcome=outcome)]
    answer = screened_as(pipeline, FREE).ask("and how often is it?", history)
    assert searched(pipeline) == [f"{ASK_SUPERVISION} and how often is it?"]
    assert "die" not in answer.standalone_question


def test_follow_up_is_screened_by_itself(pipeline: Pipeline) -> None:
    answer = pipeline.ask("I want to kill myself", turns(ASK_LAW))
    assert (answer.outcome, answer.reason) == ("signposted", "crisis_self")


# ---------------------------------------------------------------- plain text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a \n b\tc ", "a b c"),
        ("a\u200bb", "ab"),
        ("a\u00a0b", "a b"),
        ("a\x00b", "a b"),
        ("\ufb01ne", "fine"),
        ("", ""),
        ("\u202eabc\u202c", "abc"),
        ("caf\u0065\u0301", "café"),
    ],
)
def test_normalise(text: str, plain: str) -> None:
    assert normalise(text) == plain
    assert normalise(plain) == plain


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two? Three!", ["One.", "Two?", "Three!"]),
        ("See e.g. the guide. Then act.", ["See e.g. the guide.", "Then act."]),
        ("It rose by 4.5 per cent. Then it fell.", ["It rose by 4.5 per cent.", "Then it fell."]),
        ("Ask J. Smith first. Then go.", ["Ask J. Smith first.", "Then go."]),
        ("At 5 p.m. Then home.", ["At 5 p.m.", "Then home."]),
        ("At 5 p.m. on Monday.", ["At 5 p.m. on Monday."]),
        ("no stop at all", ["no stop at all"]),
        ("line one\nline two", ["line one", "line two"]),
        ("She said “no.” He left.", ["She said “no.”", "He left."]),
        ("", []),
        ("  ", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == parts
