"""Lists of references: BibTeX, RIS and CSL-JSON read, matched to documents, and written."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.records import Details, Document
from assistant.documents.reference_writing import to_bibtex, to_csl, to_ris
from assistant.documents.references import (
    Held,
    Reference,
    ReferenceList,
    match,
    read_references,
)
from assistant.errors import DocumentError


def read(path: Path, content: str | bytes) -> ReferenceList:
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)
    return read_references(path)


def only(found: ReferenceList) -> Reference:
    assert not found.faults
    assert len(found.references) == 1
    return found.references[0]


# ---------------------------------------------------------------- BibTeX


BIBTEX = r"""% exported
@string{jmh = "Invented Journal of Mental Health"}
@article{shah2011,
  title = {A review of {Peer} support \& caf{\'e} work -- 50% of "it": \textit{all}},
  author = {Shah, Priya and M{\"u}ller, J{\"o}rg and {Department of Health and Care} and others},
  journal = jmh # { (UK)},
  year = 2011, month = mar,
  doi = {https://doi.org/10.5555/ABC.1},
  note = {PMID: 21770786},
  url = {https://example.org/a\_b},
  file = {:C\:/Users/me/shah.pdf:PDF;notes:other.txt:text/plain}
}
"""


def test_a_bibtex_entry_is_read_with_macros_and_accents(tmp_path: Path) -> None:
    found = only(read(tmp_path / "list.bib", BIBTEX))
    assert found.title == 'A review of Peer support & café work – 50% of "it": all'
    assert found.authors == ("Priya Shah", "Jörg Müller", "Department of Health and Care")
    assert found.published_in == "Invented Journal of Mental Health (UK)"
    assert (found.issued, found.doi, found.pmid) == ("2011-03", "10.5555/abc.1", "21770786")
    assert found.url == "https://example.org/a_b"
    assert (found.key, found.file) == ("shah2011", "C:/Users/me/shah.pdf")


@pytest.mark.parametrize(
    ("field", "file"),
    [
        (":shah.pdf:PDF", "shah.pdf"),
        ("Full Text:files/12/shah.pdf:application/pdf", "files/12/shah.pdf"),
        ("/home/me/a;b.pdf", "b.pdf"),
        (r":C$\backslash$:/x/shah.pdf:pdf", "/x/shah.pdf"),
        ("no file at all", ""),
    ],
)
def test_attached_files_are_named(tmp_path: Path, field: str, file: str) -> None:
    found = only(read(tmp_path / "list.bib", f"@misc{{a, title={{T}}, file={{{field}}}}}"))
    assert Path(found.file).name == Path(file).name


def test_dates_of_biblatex_are_read(tmp_path: Path) -> None:
    text = "@article{a, title={T}, date={2021-05-03/2021-06-01}}"
    assert only(read(tmp_path / "list.bib", text)).issued == "2021-05-03"


def test_broken_bibtex_entries_are_named_one_by_one_and_the_rest_is_read(tmp_path: Path) -> None:
    text = """
@article{good1, title={One}}
@article{open, title={Broken,
@article{good2, title="Two"}
@article{good2, title={Two again}}
@book{twice, title={Three}, title={Three b}}
@misc{bare, note={nothing}}
@article{good3, title={Four}}
"""
    found = read(tmp_path / "list.bib", text)
    assert [one.title for one in found.references] == ["One", "Two", "Two again", "Three", "Four"]
    assert [fault.entry for fault in found.faults] == [
        "line 3 (open)",
        "line 5 (good2)",
        "line 6 (twice)",
        "line 7 (bare)",
    ]
    assert all(fault.message.endswith(".") for fault in found.faults)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_the_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = "@misc{a, title={Café für Müller}}"
    found = only(read(tmp_path / "list.bib", text.encode(encoding)))
    assert found.title == "Café für Müller"


_HOSTILE = {
    "open brackets": "@a{" + "{" * 300_000,
    "nested": "@a{b, title=" + "{" * 50_000 + "}" * 50_000 + "}",
    "starts": "@a{" * 20_000,
    "quotes": '@a{b, t="' + '"' * 100_000,
    "equals": "@a{b" + "=," * 50_000,
    "macros": "@string{a0 = {xxxxxxxxxx}}\n"
    + "\n".join(f"@string{{a{n + 1} = a{n} # a{n}}}" for n in range(60))
    + "\n@misc{k, title=a60}",
    "nested LaTeX": "@a{b, title={" + r"\textit{" * 49 + "x" + "}" * 49 + "}}",
    "unfinished LaTeX": "@a{b, title={" + "\\" * 4999 + r"\begin{x} $ \frac}}",
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_bibtex_costs_little_and_raises_nothing(tmp_path: Path, name: str) -> None:
    started = time.perf_counter()
    found = read(tmp_path / "list.bib", _HOSTILE[name])
    assert time.perf_counter() - started < 10
    assert found.references or found.faults
    assert all(len(one.title) <= 2000 for one in found.references)


def test_thousands_of_entries_are_read(tmp_path: Path) -> None:
    entry = (
        '@article{k%d, title={Peer support in the {NHS} %d}, author={M{\\"u}ller, J}, year=2020}\n'
    )
    found = read(tmp_path / "list.bib", "".join(entry % (n, n) for n in range(3000)))
    assert len(found.references) == 3000
    assert found.references[2999].title == "Peer support in the NHS 2999"


# ---------------------------------------------------------------- RIS


RIS = """TY  - JOUR
TI  - Peer workers in crisis teams:
an ethnography
AU  - Shah, Priya
AU  - NHS England
PY  - 2021
DA  - 2021/05/03/
JO  - Invented Journal
DO  - 10.5555/RIS.1
UR  - https://example.org/?a=1;b=2
N1  - PMID: 345
L1  - files/shah.pdf
ER  - 
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_ris_record_is_read(tmp_path: Path, ending: str) -> None:
    found = only(read(tmp_path / "list.ris", RIS.replace("\n", ending)))
    assert found.title == "Peer workers in crisis teams: an ethnography"
    assert found.authors == ("Priya Shah", "NHS England")
    assert (found.issued, found.doi, found.pmid) == ("2021-05-03", "10.5555/ris.1", "345")
    assert found.url == "https://example.org/?a=1;b=2"
    assert (found.published_in, found.file) == ("Invented Journal", "files/shah.pdf")
    assert found.kind == "qualitative-study"


def test_a_record_without_an_end_swallows_nothing(tmp_path: Path) -> None:
    text = (
        "TY  - JOUR\nTI  - One\n\nTY  - JOUR\nTI  - Two\nER  - \nrubbish\n"
        "TY - BOOK\nT1 - Three\nER -\n"
    )
    found = read(tmp_path / "list.ris", text)
    assert [one.title for one in found.references] == ["One", "Two", "Three"]
    assert [fault.entry for fault in found.faults] == ["line 1 (One)"]


@pytest.mark.parametrize(
    "text",
    ["TY  - JOUR\nmore\nER  - \n", "TY  - \nER  - \n", "TY  - JOUR\nXX  - y\nAU  - \n\n\nER  - "],
)
def test_empty_and_odd_ris_records_are_named(tmp_path: Path, text: str) -> None:
    found = read(tmp_path / "list.ris", text)
    assert not found.references
    assert len(found.faults) == 1


@given(st.text("TYAUIER -\n0aé,:;", max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_ris_gives_references_faults_or_an_error_of_ours(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = read(Path(folder) / "list.ris", "TY  - JOUR\n" + text)
    assert found.references or found.faults


# ---------------------------------------------------------------- CSL-JSON


CSL = [
    {
        "id": "shah",
        "type": "article-journal",
        "title": "A <i>randomised</i> trial of peer work &amp; rest",
        "author": [
            {"given": "Priya", "family": "Shah"},
            {"given": "Jan", "non-dropping-particle": "van", "family": "Dijk"},
            {"literal": "NHS England"},
        ],
        "issued": {"date-parts": [["2021", 5, 3]]},
        "container-title": ["Invented Journal"],
        "DOI": "10.5555/CSL.1",
        "PMID": 99,
        "URL": "https://example.org",
    }
]


def test_a_csl_item_is_read(tmp_path: Path) -> None:
    found = only(read(tmp_path / "list.json", json.dumps(CSL)))
    assert found.title == "A randomised trial of peer work & rest"
    assert found.authors == ("Priya Shah", "Jan van Dijk", "NHS England")
    assert (found.issued, found.doi, found.pmid) == ("2021-05-03", "10.5555/csl.1", "99")
    assert (found.published_in, found.kind, found.key) == ("Invented Journal", "trial", "shah")


def test_items_may_stand_in_an_object_or_alone(tmp_path: Path) -> None:
    assert only(read(tmp_path / "a.json", json.dumps({"items": CSL}))).key == "shah"
    assert only(read(tmp_path / "b.json", json.dumps(CSL[0]))).key == "shah"


def test_broken_csl_items_are_named(tmp_path: Path) -> None:
    items = [*CSL, 7, {"id": "x"}, {"title": ["T"], "author": "A", "issued": 3}, {"title": None}]
    found = read(tmp_path / "list.json", json.dumps(items))
    assert [one.title for one in found.references][1:] == ["T"]
    assert [fault.entry for fault in found.faults] == ["entry 2", "entry 3 (x)", "entry 5"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b'{"title": ', "damaged"),
        ("a.json", b"[" * 200_000, "damaged"),
        ("a.json", b'{"colour": "red"}', "unsupported"),
        ("a.json", b"3", "unsupported"),
        ("a.bib", b"", "empty"),
        ("a.bib", b"only words", "empty"),
        ("a.ris", b"only words", "empty"),
        ("a.bib", b"PK\x03\x04\0\0", "binary"),
        ("a.txt", b"only words", "unsupported"),
    ],
)
def test_what_is_no_list_is_refused_with_a_remedy(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path / name, content)
    assert caught.value.reason == reason
    assert ".bib" in caught.value.hint


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_references(tmp_path / "none.bib")
    assert caught.value.reason == "not-found"


def test_the_form_is_told_by_the_text_where_the_suffix_does_not(tmp_path: Path) -> None:
    assert only(read(tmp_path / "a.txt", RIS)).pmid == "345"
    assert only(read(tmp_path / "b.txt", BIBTEX)).key == "shah2011"
    assert only(read(tmp_path / "c.txt", json.dumps(CSL))).key == "shah"


# ---------------------------------------------------------------- whose reference it is


def document(identifier: str, title: str, **details: object) -> Document:
    return Document(
        id=identifier,
        collection="papers",
        details=Details.model_validate({"title": title, **details}),
        path="x.pdf",
        name="x.pdf",
        format="pdf",
        sha256="0",
        size=1,
        original="x.pdf",
        text_sha256="0",
        pages=1,
        added=dt.datetime(2026, 1, 1),
    )


PAPER = "Peer support workers in crisis teams: a qualitative study"


def test_a_doi_matches_first_then_a_pmid() -> None:
    papers = [
        document("a", "Scan 1", doi="10.5555/A"),
        document("b", "Scan 2", pmid="77"),
        document("c", PAPER),
    ]
    assert match(Reference(title=PAPER, doi="10.5555/a"), papers).document == "a"
    found = match(Reference(title=PAPER, pmid="77"), papers)
    assert (found.document, found.by) == ("b", "pmid")


def test_a_title_matches_through_case_accents_and_a_typo() -> None:
    papers = [document("c", PAPER, issued="2021"), document("d", "Something else entirely")]
    title = "PEER SUPPORT WORKERS IN CRISIS TEAMS — a qualitative stúdy."
    found = match(Reference(title=title, issued="2021-03"), papers)
    assert (found.document, found.by) == ("c", "title")


@pytest.mark.parametrize(
    "reference",
    [
        Reference(title=PAPER, issued="2017"),
        Reference(title=PAPER, doi="10.5555/other"),
        Reference(title=PAPER.replace("crisis", "community"), issued="2021"),
        Reference(title=PAPER + " part 2", issued="2021"),
        Reference(title="", issued="2021"),
        Reference(title="Unknown work on another thing altogether", issued="2021"),
    ],
)
def test_what_speaks_against_a_title_leaves_it_unmatched(reference: Reference) -> None:
    papers = [document("c", PAPER, issued="2021", doi="10.5555/c")]
    assert match(reference, papers).document is None


def test_a_year_apart_needs_a_common_author() -> None:
    papers = [document("c", PAPER, issued="2021", authors=("Shah P",))]
    apart = Reference(title=PAPER, issued="2020", authors=("Priya Shah",))
    assert match(apart, papers).document == "c"
    assert match(apart.model_copy(update={"authors": ()}), papers).document is None


def test_a_short_title_alone_decides_nothing() -> None:
    papers = [document("c", "Lone Working Policy")]
    assert match(Reference(title="Lone working policy"), papers).document is None
    dated = [document("c", "Lone Working Policy", issued="2021")]
    assert match(Reference(title="Lone working policy", issued="2021"), dated).document == "c"


def test_several_that_fit_are_named_and_none_is_chosen() -> None:
    papers = [document("a", PAPER, issued="2021"), document("b", PAPER, issued="2021")]
    found = match(Reference(title=PAPER, issued="2021"), papers)
    assert found.document is None
    assert found.candidates == ("a", "b")
    assert "a, b" in found.message
    assert match(Reference(title="x", doi="10.5/x"), papers).message == ""


def test_of_two_editions_the_one_of_that_year_is_taken() -> None:
    papers = [
        document("old", PAPER, issued="2019", authors=("Shah P",)),
        document("new", PAPER, issued="2020", authors=("Shah P",)),
    ]
    found = match(Reference(title=PAPER, issued="2020", authors=("P Shah",)), papers)
    assert found.document == "new"


def test_a_doi_and_a_pmid_of_two_documents_match_neither() -> None:
    papers = [document("a", "One", doi="10.5555/a"), document("b", "Two", pmid="77")]
    found = match(Reference(title="x", doi="10.5555/a", pmid="77"), papers)
    assert (found.document, found.candidates) == (None, ("a", "b"))


def test_many_references_are_matched_in_a_moment() -> None:
    held = Held(document(f"d{n}", f"{PAPER} in town {n}", issued="2021") for n in range(2000))
    started = time.perf_counter()
    for number in range(0, 2000, 10):
        reference = Reference(title=f"{PAPER} in town {number}", issued="2021")
        assert match(reference, held).document == f"d{number}"
    assert time.perf_counter() - started < 5


# ---------------------------------------------------------------- writing


WRITTEN = (
    Details(
        title="Peer work & rest: 50% of {it} #1_a ~ $5",
        authors=("Priya Shah", "NHS England", "Jörg Müller"),
        issued="2021-05-03",
        published_in="Invented Journal",
        kind="trial",
        doi="10.5555/abc_1(2)",
        pmid="345",
        url="https://example.org/a_b?c=1",
    ),
    Details(title="Lone Working Policy", issued="2024-05"),
    Details(title="Lone Working Policy", authors=("Shah",), issued="2021"),
    Details(title="Lone Working Procedure"),
)


@pytest.mark.parametrize(
    ("name", "write"), [("a.bib", to_bibtex), ("a.ris", to_ris), ("a.json", to_csl)]
)
def test_what_is_written_is_read_back_the_same(tmp_path: Path, name: str, write: object) -> None:
    assert callable(write)
    found = read(tmp_path / name, write(WRITTEN))
    assert not found.faults
    for one, two in zip(found.references, WRITTEN, strict=True):
        for field in ("authors", "issued", "published_in", "doi", "pmid", "url"):
            assert getattr(one, field) == getattr(two, field), field
        assert one.title.replace("{", "").replace("}", "") == two.title.replace("{", "").replace(
            "}", ""
        )


def test_bibtex_keys_are_used_once() -> None:
    keys = [line for line in to_bibtex([*WRITTEN, *WRITTEN]).splitlines() if line.startswith("@")]
    assert len(set(keys)) == len(keys) == 8


def test_a_line_break_in_a_title_starts_no_new_record(tmp_path: Path) -> None:
    sly = Details(title="One\nER  - \nTY  - JOUR\nTI  - Two")
    assert len(read(tmp_path / "a.ris", to_ris([sly])).references) == 1
