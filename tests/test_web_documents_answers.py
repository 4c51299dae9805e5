"""Your documents in answers: how they are quoted, and where to look for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assembly import Assistant
from assistant.corpus import Library
from assistant.presentation import answer_to_html, answer_to_markdown, answer_to_text
from assistant.presentation.documents import is_table, passage_words, seen
from assistant.schema import Difference, Filters
from assistant.settings import read_settings
from assistant.web import make_server_app, views
from assistant.web.ask.handlers import Desk
from assistant.web.documents.desk import Documents
from assistant.web.forms import OWN, chosen, filter_form, in_words
from assistant.web.server import open_documents
from tests import fakes_web as fake
from tests.fakes_documents import (
    POLICY,
    TEXTS,
    WORDS,
    ShelfAssistant,
    _told_at_once,
    add,
    assistant,
    documents,
    quoted,
    shelf,
    with_document,
)
from tests.test_web import StagedAssistant

__all__ = ["_told_at_once", "assistant", "documents", "shelf"]


# ---------------------------------------------------------------- answers


def test_what_documents_say_comes_first_and_names_its_place() -> None:
    html = answer_to_html(with_document(), collections={"tarn": "Tarn policies"})
    assert html.index("What your own documents say: Tarn") < html.index("Before you act")
    assert '<blockquote class="quotation">' in html
    assert "Lone &lt;b&gt;Working&lt;/b&gt; Policy, 2025, page 4" in html
    assert "Past its review date" in html
    assert 'aria-label="Passage 9: Lone' in html
    assert html.count("Past its review date") == 1


def test_the_card_of_a_passage_marks_the_words_and_opens_their_place() -> None:
    html = answer_to_html(with_document(), collections={"tarn": "Tarn policies"})
    card = html[html.index('id="a1-card-9"') :]
    card = card[: card.index("</dialog>")]
    start = 100 + len("First words of the passage. ")
    assert f"<mark>{WORDS}</mark>" in card
    assert "Tarn policies" in card
    assert "page 4, 2 Calling in" in card
    assert f'data-span="{start}-{start + len(WORDS)}"' in card
    assert f'href="?document=lone-1&amp;span={start}-{start + len(WORDS)}"' in card
    assert "our own words" not in card
    assert "All notes of this source" not in card


@pytest.mark.parametrize(
    ("status", "words"),
    [("review-due", "Its review date has passed"), ("superseded", "A newer version")],
)
def test_the_card_of_a_passage_says_what_its_status_is(status: str, words: str) -> None:
    html = answer_to_html(with_document(status=status))
    assert words in html[html.index('id="a1-card-9"') :]


def test_local_differences_stand_under_two_plain_labels() -> None:
    national = fake.said(
        "The responsible person must provide training.", 2, stands_as="requirement"
    )
    pair = Difference(kind="number", local=True, statements=(quoted(), national))
    answer = with_document().model_copy(update={"differences": (pair,)})
    html = answer_to_html(answer)
    side = html[html.index('class="part differ"') :]
    assert side.index("Your document</h4>") < side.index("National guidance</h4>")
    assert "found by comparing words" in side
    assert "Act or regulation, 2018" in side
    assert "Local policy, 2025" in side
    for text in (answer_to_text(answer), answer_to_markdown(answer)):
        assert "Your document: " in text
        assert "National guidance: " in text


def test_text_and_markdown_hold_what_documents_say() -> None:
    text, markdown = answer_to_text(with_document(), 500), answer_to_markdown(with_document())
    for shown in (text, markdown):
        assert "What your own documents say: Tarn" in shown
        assert shown.index("your own documents say") < shown.index("Before you act")
        assert "quoted word for word" in shown
        assert "page 4, 2 Calling in" in shown
    assert "\\<b\\>" in markdown


def test_a_table_that_is_quoted_stays_a_table() -> None:
    words = "Table 1: Contact\n\nLevel | Contact\nRed | Call <now>"
    assert is_table(words)
    html = passage_words(words)
    assert "<caption>Table 1: Contact</caption>" in html
    assert "<td>Call &lt;now&gt;</td>" in html
    assert 'tabindex="0" role="group" aria-label="Table 1: Contact"' in html
    assert not is_table("Call | or text.\n\nMore words\n\nand more\n\nand more")
    assert seen("a\u202eb\u200bc") == "abc"


# ---------------------------------------------------------------- where to look


def test_where_to_look_is_asked_where_something_was_added(assistant: ShelfAssistant) -> None:
    library = assistant.library
    assert "Look in" not in filter_form(library, TEXTS, "ask")
    html = filter_form(library, TEXTS, "ask", {"documents": "Your documents", "tarn": "Tarn <b>"})
    assert "Look in" in html
    assert '<option value="bundled">' in html
    assert '<option value="tarn">Tarn &lt;b&gt;</option>' in html


def test_where_to_look_reaches_the_assistant(
    documents: Documents, assistant: ShelfAssistant
) -> None:
    add(documents, {"policy.md": POLICY}, collection="+", name="Tarn")
    desk = Desk(assistant, TEXTS, documents)
    assert "Look in" in desk.filters()
    from assistant.web.ask.handlers import Conversation

    for form, wanted, said in (
        ('{"look": "bundled"}', ("bundled",), "the bundled library"),
        (f'{{"look": "{OWN}"}}', ("documents", "tarn"), "your documents"),
        ('{"look": "tarn"}', ("tarn",), "Tarn"),
    ):
        last = list(desk.ask(fake.RESTRAINT, Conversation(), form))[-1]
        assert assistant.asked[-1][2] == Filters(collection=wanted)
        assert f"Narrowed to {said}" in last.conversation.html()
    assert chosen({"look": "elsewhere"}, ("tarn",)) is None
    assert (
        in_words(Filters(collection=("tarn",)), assistant.library, {"tarn": "T", "x": "X"}) == "T"
    )


def test_an_assistant_without_a_shelf_has_no_place_to_add(assistant: ShelfAssistant) -> None:
    without = StagedAssistant()
    assert open_documents(without, TEXTS) is None
    app = make_server_app(without)
    assert app.state.services.documents is None


def test_the_header_leads_to_the_place() -> None:
    html = views.header(TEXTS, ())
    assert 'data-go="place:documents"' in html


# ---------------------------------------------------------------- the whole way


@pytest.fixture
def whole(
    words_only: None, small_folder: Path, small_data: Library, tmp_path: Path
) -> Iterator[Assistant]:
    settings = read_settings(home=tmp_path / "whole", corpus=small_folder)
    with Assistant.from_settings(settings) as opened:
        yield opened


@pytest.mark.slow
def test_what_was_added_is_found_by_the_real_assistant_at_once(whole: Assistant) -> None:
    made = open_documents(whole, TEXTS)
    assert made is not None
    add(made, {"policy.md": POLICY})
    found = whole.search(WORDS, filters=Filters(collection=("documents",)))
    assert found
    assert found[0].span is not None
    html = made.pages.page(found[0].source_id, "{}-{}".format(*found[0].span))
    assert "data-here" in html
    made.remove(found[0].source_id)
    assert whole.search(WORDS, filters=Filters(collection=("documents",))) == []
    made.close()
