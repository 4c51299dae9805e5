"""Cutting: passages are exact spans, end with sentences, and keep tables whole."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.passages import LONGEST_SENTENCE, MOST_WORDS, cut
from assistant.documents.records import Block
from assistant.text import sentences

SENTENCE = "Peer support workers tell the shift coordinator where they are going before they leave."


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(kind="paragraph", text=text, page=page)


def heading(text: str, level: int = 1) -> Block:
    return Block(kind="heading", text=text, level=level)


TABLE = Block(
    kind="table", text="Role | Hours\nPeer support worker | 1 each week\nLead | 2 each month"
)


def test_every_passage_is_the_stored_text_at_its_place() -> None:
    made = cut([heading("1 Purpose"), paragraph(f"{SENTENCE} " * 30), TABLE, paragraph(SENTENCE)])
    assert len(made.passages) > 3
    for passage in made.passages:
        assert made.text[passage.start : passage.end] == passage.text


def test_no_passage_begins_or_ends_inside_a_sentence() -> None:
    made = cut([paragraph(f"{SENTENCE} " * 40)])
    starts = {start for start, _ in sentences(made.text)}
    ends = {end for _, end in sentences(made.text)}
    assert {p.start for p in made.passages} <= starts
    assert {p.end for p in made.passages} <= ends
    assert all(len(p.text.split()) <= MOST_WORDS for p in made.passages)


def test_headings_lend_their_path_and_are_never_run_over() -> None:
    blocks = [
        heading("Lone working"),
        heading("4 Visits", 2),
        paragraph("Go in pairs."),
        heading("5 Calls", 2),
        paragraph("Ring at the end."),
        heading("Annex"),
        paragraph("Nothing here."),
    ]
    paths = [p.heading for p in cut(blocks).passages]
    assert paths == [("Lone working", "4 Visits"), ("Lone working", "5 Calls"), ("Annex",)]


def test_two_sections_of_one_name_stay_apart() -> None:
    blocks = [heading("Notes"), paragraph("One."), heading("Notes"), paragraph("Two.")]
    assert [p.text for p in cut(blocks).passages] == ["One.", "Two."]


def test_a_table_stays_whole_with_its_caption() -> None:
    caption = Block(kind="caption", text="Table 2: Supervision")
    wide = TABLE.model_copy(update={"text": "\n".join([TABLE.text] * 60)})
    for blocks in ([caption, wide], [wide, caption], [paragraph("Table 2: Supervision"), wide]):
        tables = [p for p in cut([paragraph(SENTENCE), *blocks]).passages if p.kind == "table"]
        assert len(tables) == 1
        assert "Table 2" in tables[0].text
        assert tables[0].text.count("Lead | 2 each month") == 60


def test_a_few_words_before_a_table_go_with_it_and_more_do_not() -> None:
    (passage,) = cut([paragraph("Times run from the end of the visit."), TABLE]).passages
    assert passage.kind == "table"
    assert passage.text.startswith("Times run")
    assert len(cut([paragraph(f"{SENTENCE} " * 3), TABLE]).passages) == 2
    between = [paragraph("Short."), heading("Next"), TABLE]
    assert len(cut(between).passages) == 2


def test_a_caption_between_two_tables_goes_with_the_second() -> None:
    caption = Block(kind="caption", text="Table 2: More")
    first, second = cut([TABLE, caption, TABLE]).passages
    assert "Table 2" not in first.text
    assert second.text.startswith("Table 2")


def test_a_line_that_announces_a_list_goes_with_the_list() -> None:
    before = (
        "The policy was agreed with the staff side and is reviewed by the peer lead in May. " * 5
    )
    items = [Block(kind="list-item", text=f"tell someone, point number {n}") for n in range(12)]
    made = cut([paragraph(f"{before.strip()} Staff must:"), *items])
    assert not any(p.text.endswith(":") for p in made.passages)
    assert any("Staff must:\n\ntell someone" in p.text for p in made.passages)


def test_a_footnote_stands_apart() -> None:
    blocks = [paragraph("One."), Block(kind="footnote", text="1 A note."), paragraph("Two.")]
    assert [p.text for p in cut(blocks).passages] == ["One.", "1 A note.", "Two."]


def test_pages_follow_a_paragraph_over_the_break() -> None:
    block = Block(kind="paragraph", text="Begins here. Ends there.", page=3, page_starts=((13, 4),))
    (passage,) = cut([block]).passages
    assert (passage.page, passage.page_end) == (3, 4)
    assert passage.locator() == "pages 3 to 4"


def test_a_line_without_end_is_cut_at_spaces_only() -> None:
    words = [f"word{n}" for n in range(LONGEST_SENTENCE * 3)]
    made = cut([paragraph(" ".join(words))])
    assert [w for p in made.passages for w in p.text.split()] == words


def test_a_document_of_headings_alone_still_has_passages() -> None:
    assert cut([heading("Lone working"), heading("Visits")]).passages


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Block,
            kind=st.sampled_from(
                ["heading", "paragraph", "list-item", "table", "caption", "footnote"]
            ),
            text=st.text(min_size=1).filter(str.strip),
            level=st.integers(0, 4),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_the_blocks_are_offsets_reproduce_the_text_and_nothing_overlaps(
    blocks: list[Block],
) -> None:
    made = cut(blocks)
    at = 0
    for passage in made.passages:
        assert made.text[passage.start : passage.end] == passage.text
        assert passage.start >= at
        at = passage.end
    said = [b.text for b in blocks if b.kind != "heading"] or [b.text for b in blocks]
    kept = "".join("".join(p.text.split()) for p in made.passages)
    assert kept == "".join("".join(text.split()) for text in said)
