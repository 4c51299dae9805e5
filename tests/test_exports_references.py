"""References in three styles and three files for reference managers, from real sources."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.documents.references import read_references
from assistant.exports.formatted import reference_file, reference_list, references
from assistant.exports.sources import authors_of, works_of
from assistant.schema import Citation
from tests.paper_samples import citation

ARTICLE = {
    "title": "Advance Choice Document resources",
    "authors": ("Simpson J", "Ruck Keene A", "Henderson C", "and colleagues"),
    "year": 2024,
    "published_in": "BMC Psychiatry",
    "kind": "qualitative-study",
    "doi": "10.1186/s12888-024-06213-0",
    "url": "https://pmc.ncbi.nlm.nih.gov/articles/PMC1",
}
ACT = {
    "title": "Mental Health Units (Use of Force) Act 2018",
    "authors": ("UK Parliament",),
    "year": 2018,
    "published_in": "legislation.gov.uk",
    "kind": "legislation",
    "url": "https://www.legislation.gov.uk/ukpga/2018/27",
}
GUIDELINE = {
    "title": "Self-harm: assessment (NG225)",
    "authors": ("National Institute for Health and Care Excellence",),
    "year": 2022,
    "published_in": "NICE",
    "kind": "clinical-guideline",
    "url": "https://www.nice.org.uk/guidance/ng225",
}
PAGE = {
    "title": "What is WRAP?",
    "authors": ("St John of God Hospital",),
    "year": None,
    "published_in": "St John of God Hospital",
    "kind": "toolkit",
    "url": "https://example.org/wrap",
}
NOBODY = {
    "title": "Pilot of peer mentors",
    "authors": ("Authors not shown in the text read",),
    "year": 2019,
    "published_in": "Journal of Eating Disorders",
    "kind": "cohort-study",
    "url": "https://example.org/pilot",
}
ISSUE = {
    "title": "Items to address",
    "authors": ("Margaret Almeida", "Karen Fortuna"),
    "year": 2020,
    "published_in": "Journal of Participatory Medicine 12(4)",
    "kind": "qualitative-study",
    "doi": "10.2196/17053",
}
OWN = {
    "title": "Lone Working Policy",
    "authors": (),
    "year": 2025,
    "published_in": None,
    "kind": "local-policy",
    "url": "",
    "span": (0, 10),
}


def line(style: str, values: dict[str, object]) -> str:
    return reference_list([citation(1, **values)], style).strip()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ARTICLE,
            "Simpson, J. et al. (2024) ‘Advance Choice Document resources’, BMC Psychiatry."
            " Available at: https://doi.org/10.1186/s12888-024-06213-0.",
        ),
        (
            ACT,
            "Mental Health Units (Use of Force) Act 2018. Available at:"
            " https://www.legislation.gov.uk/ukpga/2018/27 (Accessed: 1 March 2026).",
        ),
        (
            GUIDELINE,
            "National Institute for Health and Care Excellence (2022) Self-harm: assessment"
            " (NG225). NICE. Available at: https://www.nice.org.uk/guidance/ng225"
            " (Accessed: 1 March 2026).",
        ),
        (
            PAGE,
            "St John of God Hospital (no date) What is WRAP? Available at:"
            " https://example.org/wrap (Accessed: 1 March 2026).",
        ),
        (
            ISSUE,
            "Almeida, M. and Fortuna, K. (2020) ‘Items to address’, Journal of Participatory"
            " Medicine, 12(4). Available at: https://doi.org/10.2196/17053.",
        ),
        (OWN, "Lone Working Policy (2025)."),
    ],
)
def test_harvard(values: dict[str, object], expected: str) -> None:
    assert line("harvard", values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ARTICLE,
            "Simpson, J., Ruck Keene, A., Henderson, C. et al. (2024). Advance Choice Document"
            " resources. BMC Psychiatry. https://doi.org/10.1186/s12888-024-06213-0",
        ),
        (
            ACT,
            "Mental Health Units (Use of Force) Act 2018."
            " https://www.legislation.gov.uk/ukpga/2018/27",
        ),
        (
            GUIDELINE,
            "National Institute for Health and Care Excellence. (2022). Self-harm: assessment"
            " (NG225). NICE. https://www.nice.org.uk/guidance/ng225",
        ),
        (
            PAGE,
            "St John of God Hospital. (n.d.). What is WRAP? Retrieved 1 March 2026, from"
            " https://example.org/wrap",
        ),
    ],
)
def test_apa(values: dict[str, object], expected: str) -> None:
    assert line("apa", values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ARTICLE,
            "1. Simpson J, Ruck Keene A, Henderson C et al. Advance Choice Document resources."
            " BMC Psychiatry. 2024. doi:10.1186/s12888-024-06213-0",
        ),
        (
            GUIDELINE,
            "1. National Institute for Health and Care Excellence. Self-harm: assessment (NG225)"
            " [Internet]. NICE; 2022 [cited 2026 Mar 1]. Available from:"
            " https://www.nice.org.uk/guidance/ng225",
        ),
    ],
)
def test_vancouver(values: dict[str, object], expected: str) -> None:
    assert line("vancouver", values) == expected


@pytest.mark.parametrize("style", ["harvard", "apa", "vancouver"])
def test_a_work_without_an_author_goes_by_its_title_once(style: str) -> None:
    found = line(style, NOBODY)
    assert found.count("Pilot of peer mentors") == 1
    assert "not shown" not in found


def test_titles_of_works_are_in_italics() -> None:
    (found,) = references([citation(1, **GUIDELINE)], "harvard")
    assert [run.text for run in found if run.italic] == ["Self-harm: assessment (NG225)"]


def test_a_work_cited_for_several_notes_is_listed_once() -> None:
    twice = [citation(1, **PAGE), citation(1, **PAGE, evidence_id="other").model_copy()]
    assert len(references(twice, "harvard")) == 1


def test_works_stand_in_the_order_of_the_style() -> None:
    cited = [
        citation(1, title="The zebra", authors=()),
        citation(2, authors=("Young A",)),
        citation(3, title="An Act 2020", authors=(), kind="other-document"),
        citation(4, authors=("Éclair B",)),
    ]
    heads = [one.split(" ")[0].strip(",.") for one in reference_list(cited, "harvard").splitlines()]
    assert heads == ["An", "Éclair", "Young", "The"]
    assert [one[:2] for one in reference_list(cited, "vancouver").splitlines()] == [
        "1.",
        "2.",
        "3.",
        "4.",
    ]
    assert "zebra" in reference_list(cited, "vancouver").splitlines()[0]


def test_names_are_taken_apart_only_where_they_are_surely_people() -> None:
    found, more = authors_of(
        [
            "Simpson J",
            "NHS England",
            "Alison Faulkner",
            "Texas UK",
            "Daniels A and others",
            "et al.",
        ]
    )
    assert [(a.family, a.given) for a in found] == [
        ("Simpson", "J."),
        ("NHS England", ""),
        ("Alison Faulkner", ""),
        ("Texas UK", ""),
        ("Daniels", "A."),
    ]
    assert more


def test_full_names_of_an_article_stay_whole_beside_an_organisation() -> None:
    values = ISSUE | {"authors": ("Peter Beresford", "Shaping Our Lives")}
    (work,) = works_of([citation(1, **values)])
    assert [author.given for author in work.authors] == ["", ""]


@pytest.mark.parametrize("style", ["harvard", "apa", "vancouver"])
@pytest.mark.parametrize(
    "title",
    ["<i>x</i> & <b>y", "“Quoted” 'single'", "Ends with a mark?", "a\u202eb", "\ue000x\ue001"],
)
def test_odd_titles_come_out_as_text(style: str, title: str) -> None:
    found = line(style, {"title": title})
    assert "\ue000" not in found
    assert "\u202e" not in found
    assert "?." not in found
    for word in re.findall(r"[A-Za-z]{4,}", title):
        assert word in found


@pytest.fixture
def cited() -> list[Citation]:
    values = [ARTICLE, ACT, GUIDELINE, PAGE, NOBODY, ISSUE]
    return [citation(n, **one) for n, one in enumerate(values, 1)]


@pytest.mark.parametrize(("form", "suffix"), [("bibtex", "bib"), ("ris", "ris"), ("csl", "json")])
def test_files_for_reference_managers_are_read_back(
    form: str, suffix: str, cited: list[Citation], tmp_path: Path
) -> None:
    path = tmp_path / f"references.{suffix}"
    path.write_text(reference_file(cited, form), encoding="utf-8")  # type: ignore[arg-type]
    found = read_references(path)
    assert not found.faults
    assert [one.title for one in found.references] == [c.title for c in cited]
    article = found.references[0]
    assert article.doi == ARTICLE["doi"]
    assert article.published_in == "BMC Psychiatry"
    assert "A. Ruck Keene" in " ".join(article.authors)
    assert found.references[2].authors == GUIDELINE["authors"]


def test_bibtex_keeps_names_of_several_words_together(cited: list[Citation]) -> None:
    text = reference_file(cited, "bibtex")
    assert "author = {J. Simpson and A. {Ruck Keene} and C. Henderson and others}" in text
    assert "{{National Institute for Health and Care Excellence}}" in text
    assert "\u00a0" not in text


def test_csl_tells_kinds_of_works_apart(cited: list[Citation]) -> None:
    items = json.loads(reference_file(cited, "csl"))
    assert [item["type"] for item in items] == [
        "article-journal",
        "legislation",
        "report",
        "webpage",
        "article-journal",
        "article-journal",
    ]
    assert items[5]["volume"] == "12"
    assert "author" not in items[1]


def test_nothing_cited_gives_nothing() -> None:
    assert reference_list([], "harvard") == ""
    assert references([], "apa") == ()


def test_the_licence_of_the_styles_stands_beside_them() -> None:
    folder = Path(__file__).parents[1] / "assistant" / "exports" / "styles"
    notice = (folder / "LICENSE.txt").read_text(encoding="utf-8")
    assert "Attribution-ShareAlike 3.0" in notice
    for style in folder.glob("*.csl"):
        assert style.name in notice
        assert "by-sa/3.0" in style.read_text(encoding="utf-8")
