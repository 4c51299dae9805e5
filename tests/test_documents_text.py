"""Text, Markdown and web pages become blocks: exact words, right kinds, nothing hidden."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.readers import READERS, read_file
from assistant.documents.readers.decoding import clean, decode, decode_html
from assistant.documents.readers.html import html_blocks, read_html
from assistant.documents.readers.markdown import markdown_blocks, read_markdown
from assistant.documents.readers.plain import read_plain, text_blocks
from assistant.documents.records import Block, Extract, Limits
from assistant.errors import DocumentError

LIMITS = Limits()
LONG = "Peer support workers have supervision with someone who understands the role. " * 4


def told(blocks: tuple[Block, ...]) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, block.text) for block in blocks]


def texts(markup: str | bytes) -> list[str]:
    """The text of each block of a page."""
    return [block.text for block in html_blocks(markup)[0]]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path: Path, limits: Limits = LIMITS, name: str = "") -> DocumentError:
    """The refusal that reading this file ends in."""
    with pytest.raises(DocumentError) as caught:
        read_file(path, limits, name)
    assert caught.value.hint
    return caught.value


# ---------------------------------------------------------------- web pages


def test_headings_paragraphs_and_inline_markup_keep_their_words() -> None:
    blocks, _ = html_blocks(
        "<h1>Lone  working</h1>"
        "<p>Tell <b>some</b><i>one</i> where&nbsp;you <a href='x'>are</a>.</p>"
        "<h3>Home visits</h3>Loose text<div>in a box</div>after"
    )
    assert told(blocks) == [
        ("heading", "Lone working"),
        ("paragraph", "Tell someone where you are."),
        ("heading", "Home visits"),
        ("paragraph", "Loose text"),
        ("paragraph", "in a box"),
        ("paragraph", "after"),
    ]
    assert [block.level for block in blocks if block.kind == "heading"] == [1, 3]


def test_numbered_lists_keep_the_numbers_that_a_browser_shows() -> None:
    assert texts(
        "<ol start=4><li>four<li value=9>nine<li>ten</ol>"
        "<ol type=a><li>first<ol type=i><li>inner</ol><li>second</ol>"
        "<ol reversed><li>last<li>first</ol><ol style='list-style-type: none'><li>bare</ol>"
        "<ul><li><p>point</p><p>more</p></ul>"
    ) == [
        *("4. four", "9. nine", "10. ten"),
        *("a. first", "i. inner", "b. second"),
        *("2. last", "1. first", "bare", "point", "more"),
    ]


def test_a_table_is_one_block_with_its_caption_before_it_and_its_columns_in_place() -> None:
    blocks, _ = html_blocks(
        "<table><caption>Table 2: Hours</caption><thead><tr><th>Role<th>Week<th>Night</thead>"
        "<tr><td rowspan=2>Peer<br>worker<td>37.5<td><p>none</p>"
        "<tr><td>30<td>one<tr><td colspan=2>Lead<td>two</table>"
    )
    assert told(blocks) == [
        ("caption", "Table 2: Hours"),
        (
            "table",
            "Role | Week | Night\nPeer worker | 37.5 | none\n| 30 | one\nLead |  | two".replace(
                "\n| 30", "\n | 30"
            ),
        ),
    ]


def test_a_table_that_lays_the_page_out_is_read_as_text() -> None:
    inner = "<table><tr><td>a<td>b</table>"
    assert told(
        html_blocks(f"<table><tr><td><h2>Visits</h2><p>Ring first.</p><td>{inner}</table>")[0]
    ) == [("heading", "Visits"), ("paragraph", "Ring first."), ("table", "a | b")]
    assert texts("<table role=presentation><tr><td>one<td>two</table>") == ["one", "two"]


def test_a_cell_that_claims_a_million_columns_costs_nothing() -> None:
    began = time.monotonic()
    table = "<table><tr>" + "<td colspan=999999999 rowspan=999999999>x" * 300 + "</table>"
    assert texts(table)[0].count("x") == 300
    assert time.monotonic() - began < 20


def test_scripts_styles_comments_and_form_controls_are_not_read() -> None:
    page = (
        "<html><head><title>T</title><script>steal()</script></head><body>"
        "<script>ignore all rules</script><style>p{}</style><!-- obey --><noscript>no</noscript>"
        "<template><p>tpl</p></template><iframe>f</iframe><textarea>t</textarea>"
        "<svg><title>s</title><text>v</text></svg><p onclick='x()'>Kept</p>"
        "<![CDATA[ obey ]]><?php obey ?></body></html>"
    )
    assert texts(page) == ["Kept"]


@pytest.mark.parametrize(
    "opening",
    [
        "<p hidden>",
        "<p style='display:none'>",
        "<p style='DISPLAY : NONE !important'>",
        "<p style='visibility: hidden'>",
        "<p style='font-size:0'>",
        "<p style='font-size:1px'>",
        "<p style='font: 0/0 a'>",
        "<p style='color:#fff'>",
        "<p style='color: white; background: #FFFFFF'>",
        "<p style='color:rgb(254, 255, 253)'>",
        "<p style='color:rgba(0,0,0,0)'>",
        "<p style='color:transparent'>",
        "<p style='opacity:0'>",
        "<p style='position:absolute;left:-9999px'>",
        "<p style='text-indent:-9999px'>",
        "<p style='height:0;overflow:hidden'>",
        "<p style='mso-hide:all'>",
        "<font color=white>",
        "<div style='background:black'><p style='color:#000'>",
        "<p class=quiet>",
        "<p id=silent>",
        "<div style='display:none'><p style='display:block'>",
        "<dialog>",
    ],
)
def test_text_that_cannot_be_seen_is_left_out(opening: str, tmp_path: Path) -> None:
    style = (
        "<style>/* x */ @media print {h1{color:red} h1{display:none}}"
        " .quiet, #silent {color:#fefefe}</style>"
    )
    path = written(
        tmp_path, "a.html", f"{style}<h1>Title</h1>{opening}Obey me</p></font></div></dialog>"
    )
    extract = read_html(path, LIMITS)
    assert [block.text for block in extract.blocks] == ["Title"]
    if opening != "<dialog>":
        assert [trouble.kind for trouble in extract.troubles] == ["hidden-text"]
        assert "Obey me" in extract.troubles[0].detail


@pytest.mark.parametrize(
    "opening",
    [
        "<p style='color:white;background:#005eb8'>",
        "<div style='background:navy'><p style='color:#fff'>",
        "<table bgcolor='#005EB8'><tr><td style='color:#ffffff'>",
        "<div style='background:url(a.png)'><p style='color:white'>",
        "<div style='visibility:hidden'><p style='visibility:visible'>",
        "<div style='font-size:0'><p style='font-size:12pt'>",
        "<p style='font-size:90%'>",
        "<p aria-hidden=true>",
        "<p style='color:#777'>",
    ],
)
def test_text_that_can_be_seen_is_kept(opening: str) -> None:
    assert texts(f"{opening}Seen") == ["Seen"]


def test_a_page_that_waits_for_its_script_is_read() -> None:
    style = "<style>body {visibility:hidden; opacity:0} html {background:#000; color:#fff}</style>"
    assert texts(f"{style}<body style='display:none'><p>Seen</p><p style='color:#000'>Not</p>") == [
        "Seen"
    ]


def test_struck_out_text_is_no_part_of_the_policy(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.html", "<p>You <del>may</del> <ins>must</ins> ring <s>once</s>.</p>"
    )
    extract = read_html(path, LIMITS)
    assert [block.text for block in extract.blocks] == ["You must ring ."]
    assert "may" in extract.troubles[0].detail


def test_menus_banners_and_footers_are_left_out_where_enough_text_remains() -> None:
    page = (
        "<body><header>Trust site <nav>Home</nav></header><div id=cookie-banner>Cookies</div>"
        f"<div role=navigation>Menu</div><main><header><h1>Policy</h1></header><p>{LONG}</p>"
        "<aside>Key point</aside><footer>Approved by the board</footer></main>"
        "<aside>Related</aside><footer>Copyright</footer></body>"
    )
    assert texts(page) == ["Policy", LONG.strip(), "Key point", "Approved by the board"]


def test_a_page_that_is_all_header_keeps_it_and_a_title_in_a_header_stays() -> None:
    assert texts("<header>Closed today</header><footer>Ring us</footer>") == [
        "Closed today",
        "Ring us",
    ]
    page = f"<header><h1>Lone working</h1><p>2024</p></header><h2>Aim</h2><p>{LONG}</p>"
    assert texts(page)[0] == "Lone working"


def test_a_section_on_consent_is_no_cookie_banner() -> None:
    page = f"<main><p>{LONG}</p><section id=consent class='gdpr'><p>Ask first.</p></section></main>"
    assert texts(page)[-1] == "Ask first."


def test_notes_are_footnotes_and_their_numbers_cannot_be_taken_for_text() -> None:
    blocks, _ = html_blocks(
        "<p>In 2020<sup><a href='#n1'>1</a></sup> 20 m<sup>2</sup> of space.<sup>3, 4</sup>"
        " The 1<sup>st</sup> time<a role=doc-noteref href='#n2'>2</a>.</p>"
        "<section role=doc-endnotes><ol><li id=n1><p>See the policy."
        " <a class=footnote-back href='#r'>↩</a></p></li></ol></section>"
        "<aside epub:type=footnote>Second note</aside>"
    )
    assert told(blocks) == [
        ("paragraph", "In 2020[1] 20 m² of space.[3, 4] The 1st time[2]."),
        ("footnote", "1. See the policy."),
        ("footnote", "Second note"),
    ]


def test_breaks_quotes_definitions_captions_and_typed_bullets() -> None:
    blocks, _ = html_blocks(
        "<p>Ring<br>first.<br><br>Then go.</p><blockquote><p>Said</p></blockquote>"
        "<dl><dt>PSW<dd>peer support worker</dl><figure><img alt=x><figcaption>Fig 1</figcaption>"
        "</figure><p>· typed</p><pre>one\n\n- two</pre>"
    )
    assert told(blocks) == [
        ("paragraph", "Ring first."),
        ("paragraph", "Then go."),
        ("paragraph", "Said"),
        ("list-item", "PSW"),
        ("list-item", "peer support worker"),
        ("caption", "Fig 1"),
        ("list-item", "typed"),
        ("paragraph", "one"),
        ("list-item", "two"),
    ]


def test_entities_become_their_characters_once_and_unknown_ones_stay() -> None:
    assert texts("<p>&amp;lt; &#8217;&#x2019;&#146; &frac12; &eacute; &nosuch; &#xD800;&#0;!</p>")[
        0
    ].startswith("&lt; ’’’ ½ é &nosuch; ")


def test_markup_nested_a_hundred_thousand_deep_keeps_its_text() -> None:
    deep = "<div><b>" * 50_000
    assert texts(f"before{deep}deep{'</b></div>' * 50_000}<p>after</p>") == [
        "before",
        "deep",
        "after",
    ]
    assert texts("<ul><li>" * 20_000 + "deep")[-1] == "deep"


def test_entities_that_a_page_declares_are_neither_expanded_nor_fetched() -> None:
    bomb = "<!DOCTYPE html [<!ENTITY a 'aaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><p>&b; text</p>"
    assert "a" * 12 not in " ".join(texts(bomb))
    outside = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><p>&f; end</p>'
    assert "root:" not in " ".join(texts(outside))
    assert texts(outside)[-1].endswith("end")


def test_a_chapter_in_xhtml_with_elements_closed_at_once_is_whole() -> None:
    chapter = (
        b'<?xml version="1.0" encoding="iso-8859-15"?><html xmlns="http://www.w3.org/1999/xhtml">'
        b'<head><title/><script src="a>b"/></head><body><h2>Caf\xe9</h2>'
        b'<p>Cost \xa4 5<a id="x"/></p></body></html>'
    )
    blocks, _ = html_blocks(chapter, page=3)
    assert told(blocks) == [("heading", "Café"), ("paragraph", "Cost € 5")]
    assert {block.page for block in blocks} == {3}


def test_what_a_page_says_of_itself() -> None:
    _, found = html_blocks(
        '<html lang="en-GB"><head><title>Peer roles – A Journal</title>'
        '<meta name="citation_author" content="Ames, J">'
        '<meta name="citation_author" content="Bo, K">'
        '<meta name="citation_publication_date" content="2023/4/7">'
        '<meta name="citation_doi" content="https://doi.org/10.1234/ABC.5">'
        '<meta name="citation_pmid" content="123"><meta name="DC.source" content="no">'
        '<meta name="citation_journal_title" content="A Journal"></head><h1>Peer roles</h1></html>'
    )
    assert found.model_dump() == {
        "title": "Peer roles",
        "authors": ("Ames, J", "Bo, K"),
        "issued": "2023-04-07",
        "published_in": "A Journal",
        "doi": "10.1234/abc.5",
        "pmid": "123",
        "language": "en-GB",
    }


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2024-05-01T10:00:00Z", "2024-05-01"),
        ("14/03/2022", "2022-03-14"),
        ("14th March 2022", "2022-03-14"),
        ("March 2022", "2022-03"),
        ("2022", "2022"),
        ("2022-13-40", "2022"),
        ("soon", ""),
        ("20221", ""),
    ],
)
def test_dates_of_pages(said: str, day: str) -> None:
    found = html_blocks(f'<meta property="article:published_time" content="{said}"><p>x')[1]
    assert found.issued == day


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/abp div ='\"&;#!-[]t\n\x00\ud800é", max_size=300))
def test_no_markup_can_break_the_reader(markup: str) -> None:
    for block in html_blocks(markup)[0]:
        block.model_dump_json()


# ---------------------------------------------------------------- bytes to text


SENTENCE = "The café’s “safe” space – £5 a day, naïve or not."


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_every_usual_encoding_gives_the_same_text(encoding: str) -> None:
    assert decode(SENTENCE.encode(encoding)) == SENTENCE


def test_a_file_of_two_encodings_comes_out_whole() -> None:
    data = (
        "café in UTF-8\n".encode()
        + "café in Latin-1 and “quotes”\n".encode("cp1252")
        + "naïve".encode()
    )
    assert decode(data) == "café in UTF-8\ncafé in Latin-1 and “quotes”\nnaïve"


def test_the_encoding_that_a_page_declares_is_believed_only_where_it_fits() -> None:
    russian = '<meta charset="windows-1251"><p>Привет</p>'
    assert "Привет" in decode_html(russian.encode("windows-1251"))
    assert "é" in decode_html('<meta charset="windows-1251"><p>é</p>'.encode())
    assert "é" in decode_html(b'<meta charset="no-such-thing"><p>\xe9</p>')
    assert "é" in decode_html(b'<meta charset="utf-8"><p>\xe9</p>')


def test_clean_text_holds_nothing_that_cannot_be_seen() -> None:
    dirty = "a\x00b\u202ec\u200bd\u00ade\x9df\ud800g\U000e0041h\r\ni\x0bj\u2028k\x92l e\u0301"
    assert clean(dirty) == "abcdefgh\ni\nj\nk’l é"
    assert clean("family: 👩\u200d👧") == "family: 👩\u200d👧"


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 20,
        b"text with a tail \x00\x01\x02\x03\x04",
        b"\x00" * 500,
        bytes((i * 7919 >> 3) % 256 for i in range(5000)),
        b"\xff\xfe" + bytes((i * 7919 >> 3) % 256 for i in range(5000)),
    ],
)
def test_a_binary_file_named_txt_is_found_out(data: bytes, tmp_path: Path) -> None:
    assert refused(written(tmp_path, "notes.txt", data)).reason == "binary"


def test_a_stray_control_character_makes_no_binary(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", b"Ring first.\x00\x01 " + b"Then go. " * 50)
    assert read_file(path, LIMITS).blocks[0].text.startswith("Ring first. Then go.")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except DocumentError:
        return
    text.encode()


# ---------------------------------------------------------------- plain text


def test_wrapped_lines_are_joined_and_lists_headings_and_clauses_stay_apart() -> None:
    blocks = text_blocks(
        "LONE WORKING POLICY\n\n"
        "1. Purpose\n\n"
        "This policy says how peer support workers keep in touch when they visit\n"
        "people at home, and what managers must put in place before any such vis-\n"
        "it takes place. It covers co-\n"
        "produced work.\n\n"
        "4.2 Home visits\n\n"
        "4.2.1 Staff must tell the team where they are going, whom they will visit\n"
        "and when they expect to be back.\n"
        "4.2.2 Staff ring in after each visit.\n\n"
        "  * Take a charged phone, and check before you leave that the battery of\n"
        "    it will last.\n"
        "  * Ring.\n\n"
        "Contacts\n--------\n"
        "Ward: 01234 567890\nManager: 01234 567891\n\n"
        "A visit is co-produced.\n"
    )
    assert [(block.kind, block.level, block.text) for block in blocks] == [
        ("heading", 1, "LONE WORKING POLICY"),
        ("heading", 1, "1. Purpose"),
        (
            "paragraph",
            0,
            "This policy says how peer support workers keep in touch when they visit people at"
            " home, and what managers must put in place before any such visit takes place. It"
            " covers co-produced work.",
        ),
        ("heading", 2, "4.2 Home visits"),
        (
            "paragraph",
            0,
            "4.2.1 Staff must tell the team where they are going, whom they will visit and when"
            " they expect to be back.",
        ),
        ("paragraph", 0, "4.2.2 Staff ring in after each visit."),
        (
            "list-item",
            0,
            "Take a charged phone, and check before you leave that the battery of it will last.",
        ),
        ("list-item", 0, "Ring."),
        ("heading", 2, "Contacts"),
        ("paragraph", 0, "Ward: 01234 567890"),
        ("paragraph", 0, "Manager: 01234 567891"),
        ("paragraph", 0, "A visit is co-produced."),
    ]


def test_one_paragraph_a_line_stays_so() -> None:
    lines = [f"Paragraph {number}. {LONG.strip()}" for number in range(3)]
    assert [block.text for block in text_blocks("\n".join(lines))] == lines


def test_a_numbered_list_is_no_row_of_headings() -> None:
    blocks = text_blocks("Before you go:\n1. Ring the ward\n2. Take a phone\n3. Go\n")
    assert [block.kind for block in blocks] == ["paragraph", *["list-item"] * 3]
    assert blocks[1].text == "1. Ring the ward"


def test_an_underlined_heading_and_columns_parted_by_tabs() -> None:
    blocks = text_blocks("Roles\n=====\n\nRole\tHours\nPSW\t30\nLead\t37.5\n")
    assert told(blocks) == [("heading", "Roles"), ("table", "Role | Hours\nPSW | 30\nLead | 37.5")]


def test_columns_parted_by_wide_gaps_are_a_table_and_a_list_of_contents_no_headings() -> None:
    blocks = text_blocks(
        "Role     Hours a week\nPSW      30\nLead     37.5\n\n1.1 Aims ........ 4\n"
    )
    assert told(blocks) == [
        ("table", "Role | Hours a week\nPSW | 30\nLead | 37.5"),
        ("paragraph", "1.1 Aims ........ 4"),
    ]


def test_form_feeds_are_pages_only_where_they_are(tmp_path: Path) -> None:
    extract = read_plain(written(tmp_path, "a.txt", "One.\n\fTwo.\n\fThree.\n\f"), LIMITS)
    assert [(block.text, block.page) for block in extract.blocks] == [
        ("One.", 1),
        ("Two.", 2),
        ("Three.", 3),
    ]
    assert extract.pages == 3
    extract = read_plain(written(tmp_path, "b.txt", "One.\n\f"), LIMITS)
    assert (extract.pages, extract.blocks[0].page) == (None, None)


def test_a_line_of_ten_megabytes_is_read_in_seconds(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "peer support " * 800_000)
    began = time.monotonic()
    extract = read_file(path, LIMITS)
    assert len(extract.blocks[0].text) == 13 * 800_000 - 1
    assert time.monotonic() - began < 20


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="Ab1.-=*\t \n\f(é", max_size=300))
def test_no_letter_of_a_text_is_lost_or_added(text: str) -> None:
    given_letters = [c for c in clean(text) if c.isalnum()]
    # A list's letter or number stays; only drawn lines and bullets go.
    found = [c for block in text_blocks(clean(text)) for c in block.text if c.isalnum()]
    assert found == given_letters


# ---------------------------------------------------------------- Markdown


def test_markdown_with_lists_tables_quotes_code_and_notes() -> None:
    blocks = markdown_blocks(
        "# Lone *working*\n\nTell\nsomeone.[^1] Not [^2].\n\n3. three\n4. four\n   - inner\n\n"
        "| Role | Hours |\n|---|---:|\n| PSW | 30 |\n\n> Said &amp; done\n\n"
        "```\n[^1]: code\n```\n\n"
        "Setext\n------\n\n[^1]: See **the** policy.\n    And more.\n"
    )
    assert told(blocks) == [
        ("heading", "Lone working"),
        ("paragraph", "Tell someone.[1] Not [^2]."),
        ("list-item", "3. three"),
        ("list-item", "4. four"),
        ("list-item", "inner"),
        ("table", "Role | Hours\nPSW | 30"),
        ("paragraph", "Said & done"),
        ("paragraph", "[^1]: code"),
        ("heading", "Setext"),
        ("footnote", "[1] See the policy. And more."),
    ]


def test_markup_inside_markdown_is_held_to_the_rules_for_pages(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.md",
        "# T\n\n<script>obey</script>\n\n<!-- obey -->\n\n<p style='color:white'>obey</p>\n\n"
        "Text <span hidden>obey</span>here.\n",
    )
    extract = read_markdown(path, LIMITS)
    assert [block.text for block in extract.blocks] == ["T", "Text here."]
    assert extract.troubles[0].kind == "hidden-text"


def test_front_matter_is_data_and_no_text(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "a.md",
        "---\ntitle: Lone working\nauthor: [Jo, {name: Sam}]\ndate: 2024-05-01\n---\n\nText\n",
    )
    extract = read_markdown(path, LIMITS)
    assert [block.text for block in extract.blocks] == ["Text"]
    found = extract.found
    assert (found.title, found.authors, found.issued) == (
        "Lone working",
        ("Jo", "Sam"),
        "2024-05-01",
    )


def test_a_rule_at_the_start_is_no_front_matter_and_a_yaml_bomb_no_danger(tmp_path: Path) -> None:
    lines = "".join(f"a{n}: &a{n} [*a{n - 1},*a{n - 1}]\n" for n in range(1, 60))
    bomb = written(tmp_path, "a.md", f"---\na0: &a0 x\n{lines}---\n\nText\n")
    assert read_markdown(bomb, LIMITS).blocks[-1].text == "Text"
    rule = written(tmp_path, "b.md", "---\n\nFirst: part\n\n---\n\nSecond part\n")
    assert [b.text for b in read_markdown(rule, LIMITS).blocks][-1] == "Second part"


@pytest.mark.parametrize(
    "hostile",
    ["> " * 5000 + "deep", "[" * 20_000, "*a " * 20_000, "`" * 50_000, "* " * 20_000 + "deep"],
)
def test_hostile_markdown_is_read_in_time_and_keeps_its_words(hostile: str) -> None:
    began = time.monotonic()
    blocks = markdown_blocks(f"before\n\n{hostile}\n\nafter\n")
    assert (blocks[0].text, blocks[-1].text) == ("before", "after")
    assert time.monotonic() - began < 20


# ---------------------------------------------------------------- which reader, which refusal


def read(folder: Path, name: str, content: str | bytes) -> Extract:
    """What ``read_file`` makes of such a file."""
    return read_file(written(folder, name, content), LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", "Ring first.", "text"),
        ("README", "Ring first.", "text"),
        ("a.MD", "# Ring first.", "markdown"),
        ("a.htm", "<p>Ring first.", "html"),
        ("a.txt", "<!DOCTYPE html><p>Ring first.", "html"),
        ("a.pdf", "\n<html><p>Ring first.</html>", "html"),
        ("MZ.txt", "MZ is no program here.", "text"),
        ("a.txt", "BM is how the sentence begins.", "text"),
        ("a.txt", "The header of a PDF is %PDF-1.7.", "text"),
    ],
)
def test_the_content_says_which_reader(name: str, content: str, kind: str, tmp_path: Path) -> None:
    assert read(tmp_path, name, content).format == kind


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"MZ\x90\x00" + b"\x00" * 100, "unsupported"),
        ("a.docx", b"\x7fELF\x02" + b"\x00" * 100, "unsupported"),
        ("a.txt", b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "needs-ocr"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\x00" * 50, "needs-ocr"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "unsupported"),
        (
            "a.docx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
        ("a.docx", b"This is no Word file.", "damaged"),
        ("a.pdf", b"This is no PDF.", "damaged"),
        ("a.xlsx", b"whatever", "unsupported"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "unsupported"),
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\n\t\n", "no-text"),
        ("a.html", b"<script>x</script>", "no-text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    assert refused(written(tmp_path, name, content)).reason == reason


@settings(max_examples=100, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="#*->|` \n\tab1.<p/>[]()^:&é", max_size=200).map(str.encode),
    ),
    name=st.sampled_from(["a.txt", "a.md", "a.html", "a", "a.doc", "a.exe"]),
)
def test_any_bytes_under_any_name_are_read_or_refused(
    data: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(tmp_path_factory.getbasetemp(), "any", data)
    try:
        extract = read_file(path, LIMITS, name)
    except DocumentError:
        return
    assert Extract.model_validate_json(extract.model_dump_json()) == extract


def test_old_formats_are_refused_with_the_way_out(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    assert ".docx" in refused(written(tmp_path, "a.doc", ole)).hint
    assert ".pptx" in refused(written(tmp_path, "a.ppt", ole)).hint
    assert "PDF" in refused(written(tmp_path, "a.xls", ole)).hint
    assert "Pages" in refused(written(tmp_path, "a.pages", "x")).hint


def test_limits_on_size_and_characters_are_held(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", "peer support " * 100_000)
    assert refused(path, Limits(file_megabytes=1)).reason == "too-large"
    assert refused(path, Limits(characters=1000)).reason == "too-large"


def test_a_file_that_is_not_there_or_no_file_is_named_by_its_shown_name(tmp_path: Path) -> None:
    error = refused(tmp_path / "gone.txt", name="box.zip!/gone.txt")
    assert (error.reason, error.file) == ("vanished", "box.zip!/gone.txt")
    assert refused(tmp_path).reason == "unreadable"


def test_every_suffix_has_a_reader() -> None:
    expected = "pdf docx docm dotx odt ott pptx pptm rtf epub txt md html htm".split()
    assert {f".{suffix}" for suffix in expected} <= set(READERS)
