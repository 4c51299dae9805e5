"""What a document says of itself: dates, titles, authors, versions, DOI and PMID."""

from __future__ import annotations

import time
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.dates import date_in
from assistant.documents.front_matter import people_in, read_control, version_in
from assistant.documents.metadata import details_for, dois_in, identifiers_in, version_of
from assistant.documents.readers import read_file
from assistant.documents.records import (
    Block,
    BlockKind,
    Collection,
    Details,
    Extract,
    Found,
    Limits,
)

TRUST = "Wexmoor and Tarn Valley NHS Foundation Trust"
LOCAL = Collection(id="our-policies", name="Our policies")


def block(text: str, kind: BlockKind = "paragraph", page: int | None = 1, level: int = 0) -> Block:
    return Block(kind=kind, text=text, page=page, level=level)


def heading(text: str, page: int | None = 1, level: int = 1) -> Block:
    return block(text, "heading", page, level)


def details(
    *blocks: Block, name: str = "file.pdf", format: str = "pdf", **found: object
) -> Details:
    extract = Extract(format=format, blocks=blocks, found=Found.model_validate(found))
    return details_for(extract, name, LOCAL)


def line(text: str) -> Details:
    """What a front page makes of one line under a title."""
    return details(heading("Lone Working Policy"), block(text))


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("12/03/2023", "2023-03-12"),
        ("12.03.23", "2023-03-12"),
        ("25/12/2022", "2022-12-25"),
        ("12/25/2022", "2022-12-25"),
        ("14 March 2022", "2022-03-14"),
        ("14th of March, 2022", "2022-03-14"),
        ("3rd Sept. 2021", "2021-09-03"),
        ("March 14, 2022", "2022-03-14"),
        ("May 2024", "2024-05"),
        ("MAY-24", "2024-05"),
        ("05/2024", "2024-05"),
        ("2023-11-02", "2023-11-02"),
        ("2023-11-02T10:15:00Z", "2023-11-02"),
        ("14–03–2022", "2022-03-14"),
        ("2021", "2021"),
        ("30 February 2022", ""),
        ("31/02/2022", ""),
        ("2023/24", ""),
        ("2021-24", ""),
        ("May 24", ""),
        ("version 20.21", ""),
        ("03300 2021 12", "2021"),
        ("", ""),
    ],
)
def test_dates_are_read_day_first_and_only_where_they_exist(text: str, date: str) -> None:
    assert date_in(text) == date


@given(st.text(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_partial_date_or_nothing(text: str) -> None:
    assert Details(title="x", issued=date_in(text)).issued == date_in(text)


# ---------------------------------------------------------------- phrases


@pytest.mark.parametrize(
    ("text", "issued", "reviewed", "due"),
    [
        ("Version 3, ratified May 2024", "2024-05", "", ""),
        ("Date issued: 12/03/2023", "2023-03-12", "", ""),
        ("Issued 12/03/2023 | Review date 12/03/2026", "2023-03-12", "", "2026-03-12"),
        ("© 2021", "2021", "", ""),
        ("© Crown copyright 2021", "2021", "", ""),
        ("Copyright Wexmoor Mind 2019–2022", "2022", "", ""),
        ("Published 14 March 2022", "2022-03-14", "", ""),
        ("First published: March 2018. Last updated: 3 May 2021", "2018-03", "", ""),
        ("Review date: May 2027", "", "", "2027-05"),
        ("Next review due: 3 May 2026", "", "", "2026-05-03"),
        ("Date for review 01.02.26", "", "", "2026-02-01"),
        ("Date of next review: 2026", "", "", "2026"),
        ("Expiry date: 31/03/2027", "", "", "2027-03-31"),
        ("Page last reviewed: 3 May 2023", "", "2023-05-03", ""),
        ("Last review date: May 2023 Next review date: May 2026", "", "2023-05", "2026-05"),
        ("Issue 4 - August 2022", "2022-08", "", ""),
        ("Version 2 May 2024", "2024-05", "", ""),
        ("Lone Working Policy v3 – May 2024 – Review May 2026", "2024-05", "", "2026-05"),
        (
            "This policy was ratified by the Trust Board on 3 May 2024 and will be reviewed in "
            "May 2027.",
            "2024-05-03",
            "",
            "2027-05",
        ),
        (
            "Received 2 January 2020; accepted 3 May 2020; published online 14 June 2020",
            "2020-06-14",
            "",
            "",
        ),
    ],
)
def test_phrases_on_the_front_page_are_read(
    text: str, issued: str, reviewed: str, due: str
) -> None:
    found = line(text)
    assert (found.issued, found.reviewed, found.review_due) == (issued, reviewed, due)


@pytest.mark.parametrize(
    "text",
    [
        "The NICE guideline published in 2019 recommended this, and the Care Act 2014 requires it.",
        "Review date: 3 years from May 2024",
        "Review cycle: every 3 years",
        "Review date: TBC",
        "Staff must be reviewed by 12/05/2024 at the latest, said the old rules of 2009.",
        "Incidents in 2021 and 2022 were discussed by the team.",
        "Received 2 January 2020",
        "Image © 2009 A. Photographer. Text © 2022 Wexmoor Mind.",
        "Telephone 01632 2021 12",
    ],
)
def test_dates_of_other_things_are_not_taken(text: str) -> None:
    found = line(text)
    assert (found.issued, found.reviewed, found.review_due) == ("", "", "")


def test_dates_of_a_reference_list_are_not_taken() -> None:
    found = details(
        heading("Peer support: a review"),
        heading("References"),
        block("Date issued: 12/03/2003"),
        block("Shah P. Published 14 March 2012. doi:10.1000/other"),
    )
    assert (found.issued, found.doi) == ("", "")


def test_a_label_and_its_value_in_two_lines_belong_together() -> None:
    found = details(
        heading("Lone Working Policy"),
        block("Date ratified"),
        block("12 May 2024"),
        block("Review date:"),
        block("May 2027"),
        block("Author"),
        block("Priya Shah"),
    )
    assert (found.issued, found.review_due) == ("2024-05-12", "2027-05")
    assert found.authors == ("Priya Shah",)


def test_a_colon_between_a_label_and_its_value_is_no_value() -> None:
    found = details(
        heading("Where we go"), block("Publisher"), block(":"), block("Invented House Limited")
    )
    assert found.published_in == "Invented House Limited"


@pytest.mark.parametrize(
    "body",
    [
        "Implementation began in 2019 and went on in the teams until all of them had taken part.",
        "2019 was the year of the first peer workers.",
    ],
)
def test_a_heading_is_no_label_of_the_paragraph_below(body: str) -> None:
    for title in ("Implementation", "Review", "Published by", "Agreed", "Date"):
        found = details(heading("X policy"), heading(title, level=2), block(body))
        assert (found.issued, found.review_due, found.published_in) == ("", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "date of the review " * 20_000,
        "10.1234/" + "." * 100_000 + "a",
        "10.1234/" + "(" * 100_000,
        "version " * 50_000 + "x",
        "This policy " * 30_000,
        "Aa " * 50_000 + "NHS Trus",
        "May " * 50_000,
        "© " * 50_000,
        "x: " * 50_000,
        "1/" * 100_000,
    ],
)
@pytest.mark.parametrize("kind", ["paragraph", "table", "heading"])
def test_hostile_text_costs_little(text: str, kind: BlockKind) -> None:
    started = time.perf_counter()
    details(block(text, kind), block(text, kind))
    identifiers_in(text)
    assert time.perf_counter() - started < 3


# ---------------------------------------------------------------- tables of document control


CONTROL = """Document title | Lone Working Policy
Version number | 3.1
Author/lead | Priya Shah, Head of Safety; Tom Okafor (Peer Lead)
Ratified by | Quality Committee
Date ratified | 12/05/2024
Review date | May 2027
Supersedes | Lone Working Policy v2 (2021)"""


def test_a_table_of_document_control_is_read_whole() -> None:
    extract = Extract(
        format="docx",
        blocks=(
            block(TRUST, page=None),
            heading("LONE WORKING", page=None),
            block(CONTROL, "table", page=None),
        ),
        found=Found(title="Annual Leave Policy", authors=("jsmith2",), issued="2011-02-03"),
    )
    found = details_for(extract, "lwp.docx", LOCAL)
    assert found.title == "Lone Working Policy"
    assert found.authors == ("Priya Shah", "Tom Okafor")
    assert (found.issued, found.review_due) == ("2024-05-12", "2027-05")
    assert found.published_in == TRUST
    assert version_of(extract) == "3.1"
    assert read_control(extract).supersedes == "Lone Working Policy v2 (2021)"
    assert (found.kind, found.country, found.who_speaks) == ("local-policy", "England", "employer")


def test_two_pairs_in_one_row_are_kept_apart() -> None:
    table = "Version | 4 | Date ratified | 3 June 2023\nReview date | | Status | Final"
    found = details(heading("Observation Policy"), block(table, "table"))
    assert (found.issued, found.review_due) == ("2023-06-03", "")


def test_a_table_with_labels_on_top_is_read_down_its_columns() -> None:
    table = "Version | Ratified by | Date ratified | Review date\n3 | Board | May 2024 | May 2027"
    found = details(heading("Observation Policy"), block(table, "table"))
    assert (found.issued, found.review_due) == ("2024-05", "2027-05")


def test_of_a_version_history_the_newest_row_counts() -> None:
    table = (
        "Version | Date issued | Brief summary of change | Owner's name\n"
        "1.0 | 02/2015 | First issue | P. Shah\n"
        "3.0 | 12/05/2024 | Whole text looked at again | P. Shah\n"
        "2.0 | March 2019 | New section on pets | T. Okafor"
    )
    extract = Extract(format="pdf", blocks=(heading("Home Visits"), block(table, "table", 2)))
    assert details_for(extract, "x.pdf", LOCAL).issued == "2024-05-12"
    assert version_of(extract) == "3.0"


def test_ratified_by_with_a_date_in_the_same_cell() -> None:
    table = "Approved by | Safety Group\nRatified by | Quality Committee, 12 May 2024"
    assert details(heading("X policy"), block(table, "table")).issued == "2024-05-12"


def test_the_date_of_issue_wins_over_ratification_and_approval() -> None:
    table = "Date approved | 1 March 2024\nDate ratified | 2 April 2024\nDate issued | 3 May 2024"
    assert details(heading("X policy"), block(table, "table")).issued == "2024-05-03"


def test_review_dates_of_training_deep_inside_a_document_are_not_its_own() -> None:
    body = [
        block(f"Paragraph {number} of the text.", page=5 + number // 4) for number in range(200)
    ]
    body[100] = block("Training | Review date\nFirst aid | 12/05/2021", "table", page=30)
    assert details(heading("X policy"), *body).review_due == ""


# ---------------------------------------------------------------- titles, authors, publisher


@pytest.mark.parametrize(
    "hidden",
    [
        "Microsoft Word - lone working FINAL.docx",
        "Untitled",
        "Document1",
        "PowerPoint Presentation",
        "lone_working.pdf",
        "Policy template",
        "Annual Leave Policy",
        "12345",
        "",
    ],
)
def test_a_hidden_title_that_is_none_or_of_a_template_gives_way_to_the_printed(hidden: str) -> None:
    found = details(block(TRUST), heading("Lone Working Policy"), title=hidden)
    assert found.title == "Lone Working Policy"


def test_a_good_hidden_title_is_taken() -> None:
    found = details(
        block("ORIGINAL ARTICLE"),
        block("Peer support on acute wards:"),
        block("an ethnography in two trusts"),
        title="Peer support on acute wards: an ethnography in two trusts",
    )
    assert found.title == "Peer support on acute wards: an ethnography in two trusts"


def test_contents_and_furniture_are_no_title() -> None:
    found = details(
        block("Lone Working Policy v3 – Page 1 of 22 – uncontrolled when printed"),
        heading("Contents"),
        heading("1. Introduction"),
        heading("Safe Visits Framework"),
    )
    assert found.title == "Safe Visits Framework"


def test_without_headings_the_first_line_that_may_be_one_is_the_title() -> None:
    found = details(
        block(TRUST), block("Version 2"), block("Working with Families"), block("We think. So.")
    )
    assert found.title == "Working with Families"


def test_in_plain_text_the_first_line_is_the_title_before_a_line_in_capitals() -> None:
    lines = (block("New ways of working with peer workers"), heading("PROOF"))
    assert details(*lines, format="text").title == "New ways of working with peer workers"
    assert details(*lines, format="docx").title == "PROOF"


def test_names_of_several_labels_for_an_author() -> None:
    for label in (
        "Name of author and title:",
        "Author(s)",
        "Lead author",
        "Author/Lead",
        "Written by",
    ):
        table = f"{label} | Priya Shah, Head of Safety\nVersion | 2"
        found = details(heading("X policy"), block(table, "table"))
        assert found.authors == ("Priya Shah",), label


def test_a_real_policy_of_two_kinds_of_file_is_read_alike(tmp_path: Path) -> None:
    made = docx.Document()
    made.core_properties.title, made.core_properties.author = "Annual Leave Policy", "jsmith2"
    made.add_paragraph(TRUST)
    made.add_heading("Lone Working Policy", 0)
    table = made.add_table(0, 2)
    for line_of_table in CONTROL.split("\n"):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = (part.strip() for part in line_of_table.split("|"))
    made.add_heading("1. Introduction", 1)
    made.add_paragraph("Staff who work alone must tell the team. The Act of 2015 applies to them.")
    made.save(str(tmp_path / "lwp.docx"))
    lines = CONTROL.replace(" | ", ": ").replace("\n", "<br>")
    page = f"<html><head><title>LWP</title></head><body><h1>Lone Working Policy</h1><p>{lines}</p>"
    (tmp_path / "lwp.html").write_text(page)
    for name in ("lwp.docx", "lwp.html"):
        found = details_for(read_file(tmp_path / name, Limits(), name), name, LOCAL)
        assert found.title == "Lone Working Policy", name
        assert found.authors[:1] == ("Priya Shah",), name
        assert (found.issued, found.review_due) == ("2024-05-12", "2027-05"), name


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Lone_Working-policy_v3.2_FINAL(1).docx", "Lone Working policy v3.2"),
        ("copy of team%20charter.pdf", "Team charter"),
        ("archive.zip!/inner/peer-support-handbook.pdf", "Peer support handbook"),
        ("___.pdf", "Document without a title"),
        ("bad\nname\u202e.txt", "Bad name"),
    ],
)
def test_the_file_name_is_made_readable(name: str, title: str) -> None:
    assert details(block("It says something at length, and then stops."), name=name).title == title


@pytest.mark.parametrize("user", ["Admin", "Microsoft Office User", "jsmith2", "a.b@c.nhs.uk", ""])
def test_user_names_are_no_authors(user: str) -> None:
    assert details(heading("X policy"), authors=(user,) if user else ()).authors == ()


def test_authors_of_the_file_are_taken_where_nothing_is_printed() -> None:
    assert details(heading("X"), authors=("Priya Shah", "Priya Shah")).authors == ("Priya Shah",)


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Priya Shah, Head of Safety", ("Priya Shah",)),
        (
            "Priya Shah, Tom Okafor and Ann-Marie O’Neill",
            ("Priya Shah", "Tom Okafor", "Ann-Marie O’Neill"),
        ),
        ("Head of Peer Support and Recovery", ("Head of Peer Support and Recovery",)),
        ("Dr Priya Shah & Tom Okafor", ("Dr Priya Shah", "Tom Okafor")),
        ("", ()),
    ],
)
def test_names_are_taken_out_of_a_cell_without_job_titles(
    cell: str, people: tuple[str, ...]
) -> None:
    assert people_in(cell) == people


def test_dates_of_web_pages_come_from_the_page_itself_first() -> None:
    found = details(heading("Peer support"), block("© 2025"), format="html", issued="2022-03-14")
    assert found.issued == "2022-03-14"


def test_the_day_a_file_was_made_counts_only_where_nothing_is_printed() -> None:
    assert (
        details(heading("X"), block("Date issued: May 2019"), issued="2024-01-01").issued
        == "2019-05"
    )
    assert details(heading("X"), issued="2024-01-01").issued == "2024-01-01"


def test_an_empty_document_gets_its_name_and_nothing_else() -> None:
    found = details(name="notes.txt")
    assert found == Details(title="Notes")


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Version 3.2", "3.2"),
        ("v2", "2"),
        ("Lone_Working_v2.1_final", "2.1"),
        ("Issue no: 4", "4"),
        ("2nd edition", "2"),
        ("version of events", ""),
        ("conversion 3", ""),
    ],
)
def test_versions(text: str, version: str) -> None:
    assert version_in(text) == version


# ---------------------------------------------------------------- DOI and PMID


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("(doi:10.1192/bjp.2020.1).", "10.1192/bjp.2020.1"),
        ("DOI 10.1186/S12888-022-04567-1;", "10.1186/s12888-022-04567-1"),
        ("https://doi.org/10.1016/S0140-6736(97)11096-0.", "10.1016/s0140-6736(97)11096-0"),
        ("[http://dx.doi.org/10.1000/ab[1]]", "10.1000/ab[1]"),
        ("10.1186/s12888-\n022-04567-1", "10.1186/s12888-022-04567-1"),
        ("https://doi.org/10.1186/\n  s12888-022-03795-9", "10.1186/s12888-022-03795-9"),
        ("doi:10.1000/xyz.\nNext sentence 2", "10.1000/xyz"),
        ("doi:10.1000/xyz.\n2. Introduction", "10.1000/xyz"),
        ("doi: 10.1186 / s1-2", "10.1186/s1-2"),
        ("https://doi.org/10.1002%2Fabc.12", "10.1002/abc.12"),
        ("10.1186/s12888–022–1", "10.1186/s12888-022-1"),
        (
            "10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2",
            "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2",
        ),
        ('<a href="https://doi.org/10.1000/182">', "10.1000/182"),
        (
            "https://x.org/doi/full/10.1111/j.1365-2702.2010.03213.x/full",
            "10.1111/j.1365-2702.2010.03213.x",
        ),
        ("https://doi.org/10.1000/182?utm_source=x", "10.1000/182"),
        ("10.1000/182PMID: 123", "10.1000/182"),
        ("10.1000\u200b/1\u00ad82", "10.1000/182"),
        ("budget 10.2024/25", ""),
        ("on 12.10.2023/24 we", ""),
        ("10.10/12", ""),
        ("doi:10.1000/", ""),
        ("doi:10.1000/...", ""),
        ("", ""),
    ],
)
def test_dois_are_freed_of_what_is_only_around_them(text: str, doi: str) -> None:
    assert identifiers_in(text)[0] == doi


_SUFFIX = st.text("abcdefghijklmnopqrstuvwxyz0123456789.-_/()", min_size=1, max_size=40).filter(
    lambda suffix: (
        suffix[-1].isalnum()
        and suffix[0].isalnum()
        and suffix.count("(") == suffix.count(")")
        and "/" not in suffix
        and not suffix.endswith((".pdf", ".full", ".abstract"))
        and "pmid" not in suffix
        and "pmcid" not in suffix
    )
)


@given(
    registrant=st.integers(3000, 99999),
    suffix=_SUFFIX,
    before=st.sampled_from(["", "doi:", "DOI: ", "https://doi.org/", "(", "[", "See ", "“"]),
    after=st.sampled_from(["", ".", ",", ";", ").", "]", "”", " and", "\n\nNext"]),
)
@settings(max_examples=400, deadline=None)
def test_any_doi_is_found_whole_in_running_text(
    registrant: int, suffix: str, before: str, after: str
) -> None:
    doi = f"10.{registrant}/{suffix}"
    assert dois_in(f"{before}{doi}{after}") == (doi,)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_dois_that_are_found_again_as_they_are(text: str) -> None:
    for doi in dois_in(text + " doi:10.1234/" + text):
        assert doi == doi.lower()
        assert not doi.endswith((".", ",", ";", " "))


@pytest.mark.parametrize(
    ("text", "pmid"),
    [
        ("PMID: 12345678", "12345678"),
        ("PubMed ID 1234", "1234"),
        ("https://pubmed.ncbi.nlm.nih.gov/21770786/", "21770786"),
        ("PMCID: PMC3331234", ""),
        ("12345678", ""),
        ("PMID: 123456789012", ""),
    ],
)
def test_a_pmid_is_taken_only_where_it_is_called_one(text: str, pmid: str) -> None:
    assert identifiers_in(text)[1] == pmid


def test_the_own_doi_is_the_one_on_the_first_page() -> None:
    found = details(
        heading("Peer workers in crisis teams"),
        block("https://doi.org/10.5555/own.1"),
        block("Text that cites others (doi:10.5555/other.1).", page=2),
        heading("References", page=3),
        block("1. Shah P. 2012. doi:10.5555/other.2", page=3),
    )
    assert found.doi == "10.5555/own.1"


def test_among_several_dois_the_one_to_cite_is_the_own() -> None:
    found = details(
        heading("Peer workers in crisis teams"),
        block("We build on earlier work (https://doi.org/10.5555/other.1) in this paper."),
        block("Cite this article: Shah P. Peer workers. J Inv 2024. doi:10.5555/own.1"),
    )
    assert found.doi == "10.5555/own.1"


def test_where_several_dois_are_as_likely_none_is_taken() -> None:
    found = details(
        heading("A reading list"),
        block("Shah (10.5555/one) and Okafor (10.5555/two) are worth reading."),
    )
    assert found.doi == ""


def test_the_doi_of_a_corrected_paper_is_not_that_of_its_correction() -> None:
    found = details(
        heading("Correction"),
        block("Correction to: Peer workers, https://doi.org/10.5555/old"),
        block("https://doi.org/10.5555/new"),
    )
    assert found.doi == "10.5555/new"
