"""Your documents without a browser: what is listed, shown, changed and removed."""

from __future__ import annotations

import io
import re
import time

import pytest
from fastapi.testclient import TestClient
from filelock import FileLock

from assistant.documents.records import Collection
from assistant.web import make_server_app
from assistant.web.documents.desk import Documents
from assistant.web.documents.report_views import page_ranges
from tests.fakes_documents import (
    POLICY,
    TEXTS,
    WORDS,
    ShelfAssistant,
    _told_at_once,
    add,
    assistant,
    documents,
    edit,
    only,
    place_of,
    shelf,
)

__all__ = ["_told_at_once", "assistant", "documents", "shelf"]


# ---------------------------------------------------------------- the list


def test_the_empty_place_says_what_happens_to_files_and_how_to_begin(documents: Documents) -> None:
    from assistant.web.documents.views import place_heading

    assert "stay on this computer: nothing is sent" in place_heading(TEXTS)
    assert "Nothing has been added yet" in documents.listing()


def test_what_wants_attention_carries_a_badge(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    for change, words in (
        ({"review_due": "2020-01"}, "Review overdue"),
        ({"superseded_by": "Version 9"}, "Superseded"),
        ({"retracted": "The Journal, 2024"}, "Retracted"),
    ):
        documents.shelf.edit(document.id, change)
        assert words in documents.listing()
        assert words in documents.pages.page(document.id)


def test_titles_cannot_bring_markup_or_turn_the_line_around(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    documents.shelf.edit(document.id, {"title": "<img src=x onerror=alert(1)>\u202eevil"})
    documents.shelf.add_collection(Collection(id="documents", name="<script>\u202e"))
    for html in (documents.listing(), documents.pages.page(document.id), documents.form()):
        assert "<img src=x" not in html
        assert "<script" not in html
        assert "\u202e" not in html


def test_pages_are_named_in_runs() -> None:
    assert page_ranges([3], TEXTS) == "Page 3"
    assert page_ranges([3, 7, 8, 9], TEXTS) == "Pages 3, 7 to 9"


# ---------------------------------------------------------------- one document


def test_the_page_shows_the_whole_text_by_headings_with_tables(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id)
    assert re.search(r"<h\d[^>]*>2 Calling in</h\d>", html)
    assert '<th scope="col">Level</th>' in html
    assert "<td>Call every 20 minutes</td>" in html
    assert "<caption>Table 1: Contact by risk</caption>" in html
    plain = re.sub(r"<[^>]+>", " ", html)
    for line in documents.shelf.store.text(only(documents).id).replace(" | ", "\n").splitlines():
        assert " ".join(line.split()) in " ".join(plain.replace("&#x27;", "'").split())


def test_a_place_is_marked_to_the_character_and_gets_the_focus(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document, span = place_of(documents)
    html = documents.pages.page(document.id, span)
    assert re.findall(r"<mark>(.*?)</mark>", html) == [WORDS]
    assert 'tabindex="-1" role="group"' in html
    assert html.count("data-here") == 1
    assert "<mark>" not in documents.pages.page(document.id)


def test_a_mark_inside_a_table_stays_inside_its_cells(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document, span = place_of(documents, "Red | Call every 20 minutes")
    html = documents.pages.page(document.id, span)
    assert "<td><mark>Red</mark></td><td><mark>Call every 20 minutes</mark></td>" in html


@pytest.mark.parametrize("span", ["5", "9-3", "x-y", "-1-4", "99999999-999999999", "<b>"])
def test_places_that_are_none_open_the_document_unmarked(documents: Documents, span: str) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id, span)
    assert "Lone Working Policy</h1>" in html
    assert "<mark>" not in html


def test_a_place_that_is_gone_says_so(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = documents.pages.page(only(documents).id, "90000-90010")
    assert "not in the text any more" in html


def test_a_long_document_opens_at_the_part_that_holds_the_place(documents: Documents) -> None:
    parts = "\n\n".join(
        f"## {n} Part\n\nSentence number {n} stands here alone." for n in range(400)
    )
    add(documents, {"long.md": f"# Long\n\n{parts}"})
    document, span = place_of(documents, "Sentence number 333 stands here alone.")
    html = documents.pages.page(document.id, span)
    assert "<mark>Sentence number 333" in html
    assert "Sentence number 10 stands" not in html
    assert "Part 3 of 3" in html
    assert "Sentence number 10 stands" in documents.pages.page(document.id)
    assert "Part 2 of 3" in documents.pages.page(document.id, "", "2")
    assert "Part 3 of 3" in documents.pages.page(document.id, "", "77")


def test_an_unknown_document_says_so(documents: Documents) -> None:
    assert "no document of that name" in documents.pages.page("<script>")
    assert "<script>" not in documents.pages.page("<script>")
    assert "no document of that name" in documents.pages.edit({"document": "nothing"})


def test_a_damaged_text_is_said_and_not_shown(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    documents.shelf.store._db.execute("update documents set text = 'other'")
    html = documents.pages.page(document.id)
    assert "cannot be shown" in html
    assert "backup" in html


# ---------------------------------------------------------------- changing facts


def test_facts_are_changed_as_people_write_them(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    html = edit(
        documents,
        title="Lone work",
        authors="A Person; Wexmoor Trust",
        issued="12/03/2024",
        reviewed="May 2024",
        review_due="2027",
        doi="https://doi.org/10.1000/abc.1",
        country="Wales",
        kind="other-document",
    )
    assert "Saved." in html
    details = only(documents).details
    assert 'value="12 March 2024"' in html
    assert details.title == "Lone work"
    assert details.authors == ("A Person", "Wexmoor Trust")
    assert (details.issued, details.reviewed, details.review_due) == (
        "2024-03-12",
        "2024-05",
        "2027",
    )
    assert (details.doi, details.country, details.kind) == (
        "10.1000/abc.1",
        "Wales",
        "other-document",
    )


def test_only_what_was_changed_counts_as_written_by_hand(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    details = only(documents).details
    edit(documents, title=details.title, issued=details.issued, country="Wales")
    assert only(documents).edited == ("country",)
    assert "Nothing was changed." in edit(documents, country="Wales")


def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_changed(
    documents: Documents,
) -> None:
    add(documents, {"policy.md": POLICY})
    before = only(documents)
    html = edit(documents, title=" ", issued="31/02/2024", doi="abc", country="Wales")
    for name in ("title", "issued", "doi"):
        field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html)
        assert field
        assert 'aria-invalid="true"' in field[0]
        assert f'aria-describedby="edit-{name}-error' in field[0]
        assert f'id="edit-{name}-error"' in html
    assert 'value="31/02/2024"' in html
    assert 'value="Wales"' in html
    assert '<details class="edit" open>' in html
    assert only(documents) == before


def test_a_newer_edition_is_chosen_by_its_title(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    first = only(documents)
    add(documents, {"b.md": "# Expenses\n\nClaim within three months of the journey you made."})
    other = next(d for d in documents.shelf.store.documents() if d.id != first.id)
    html = documents.pages.page(first.id)
    label = re.search(r'<option value="(Expenses[^"]*)"', html)
    assert label
    documents.pages.edit({"document": first.id, "superseded_by": label[1]})
    assert documents.shelf.store.document(first.id).details.superseded_by == other.id
    html = documents.pages.edit({"document": first.id, "superseded_by": first.details.title})
    assert "cannot be replaced by itself" in html


def test_a_document_moves_to_another_collection(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    documents.shelf.add_collection(Collection(id="tarn", name="Tarn"))
    edit(documents, collection="tarn")
    assert only(documents).collection == "tarn"


def test_changing_while_somebody_else_adds_keeps_what_was_written(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    with FileLock(documents.shelf.store.folder / "write.lock"):
        html = edit(documents, title="My new title")
        assert "Somebody else is adding or changing" in html
        assert "Somebody else is adding or changing" in documents.remove(only(documents).id).listing
    assert 'value="My new title"' in html
    assert only(documents).details.title == "Lone Working Policy"


def test_removing_asks_first_and_then_leaves_nothing(documents: Documents) -> None:
    add(documents, {"policy.md": POLICY})
    document = only(documents)
    html = documents.pages.page(document.id)
    assert re.search(r'<dialog id="remove"[^>]*aria-labelledby="remove-title"', html)
    assert f'data-remove="{document.id}"' in html
    shown = documents.remove(document.id)
    assert "Removed: “Lone Working Policy”." in shown.listing
    assert documents.shelf.store.counts() == (0, 0)
    assert not documents.shelf.store.original(document).exists()
    assert "no document of that name" in documents.remove(document.id).listing


# ---------------------------------------------------------------- pages as pictures


@pytest.fixture
def with_pdf(documents: Documents) -> Documents:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for number, line in enumerate(["Nothing much on this page at all.", WORDS], 1):
        canvas.setFont("Helvetica-Bold", 16)
        canvas.drawString(72, 760, f"{number} Heading")
        canvas.setFont("Helvetica", 11)
        canvas.drawString(72, 700, line)
        canvas.showPage()
    canvas.save()
    add(documents, {"policy.pdf": out.getvalue()})
    return documents


def test_a_place_in_a_pdf_shows_its_page_with_the_words_marked_on_it(with_pdf: Documents) -> None:
    document, span = place_of(with_pdf)
    html = with_pdf.pages.page(document.id, span)
    assert f'src="/documents/{document.id}/page/2.png"' in html
    assert 'alt="Picture of page 2 of' in html
    box = re.search(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', html)
    assert box
    left, top, width, height = (float(number) for number in box.groups())
    assert 0.1 < left < 0.14
    assert 0.14 < top < 0.18
    assert width > 0.5
    assert height < 0.03
    image = with_pdf.pictures.png(document.id, 2)
    assert image.startswith(b"\x89PNG")


def test_pictures_are_served_for_pages_that_there_are_alone(
    with_pdf: Documents, assistant: ShelfAssistant
) -> None:
    document = only(with_pdf)
    client = TestClient(make_server_app(assistant), base_url="http://127.0.0.1:7860")
    reply = client.get(f"/documents/{document.id}/page/1.png")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    for page in ("0", "3", "-1", "99999"):
        assert client.get(f"/documents/{document.id}/page/{page}.png").status_code == 404
    assert client.get("/documents/nothing/page/1.png").status_code == 404


def test_a_page_without_a_picture_still_shows_its_text(with_pdf: Documents) -> None:
    document, span = place_of(with_pdf)
    with_pdf.shelf.store.original(document).write_bytes(b"gone")
    html = with_pdf.pages.page(document.id, span)
    assert "cannot be shown as a picture" in html
    assert f"<mark>{WORDS}</mark>" in html


def test_drawing_that_takes_too_long_is_ended() -> None:
    from assistant.web.documents.pictures import asked

    began = time.monotonic()
    assert asked({"path": "x", "page": 1, "words": "", "width": 9, "draw": True}, 0.001) == {}
    assert time.monotonic() - began < 5
