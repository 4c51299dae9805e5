"""Near duplicates and new editions: estimates against the exact, made-up policies told apart."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.documents.likeness import (
    Held,
    Likeness,
    Signature,
    containment,
    like,
    signature_of,
    similarities,
    similarity,
)
from assistant.documents.records import Details

TRUST = "Wexmoor and Tarn Valley NHS Foundation Trust"
_WORDS = (
    "peer worker team ward visit home risk plan person family carer manager supervision record "
    "phone alarm car evening agree share story listen walk community crisis meeting policy review "
    "trust support staff group safe plan kind consent note call return diary door street garden"
).split()


def prose(seed: int, words: int) -> list[str]:
    """Made-up words; equal seeds give equal texts."""
    source = random.Random(seed)
    return [source.choice(_WORDS) + str(source.randrange(40)) for _ in range(words)]


def policy(subject: int, boilerplate: int = 600, own: int = 1400) -> str:
    """A policy of one trust: the trust's usual words before and after words of its own."""
    usual = prose(0, boilerplate)
    half = boilerplate // 2
    return " ".join([*usual[:half], *prose(subject, own), *usual[half:]])


def exact(one: str, two: str) -> float:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = text.lower().split()
        return {tuple(words[at : at + 5]) for at in range(max(1, len(words) - 4))}

    a, b = runs(one), runs(two)
    return len(a & b) / len(a | b)


def changed(text: str, share: float, seed: int = 1) -> str:
    """The text with a run of words of that share put in anew."""
    words = text.split()
    size = round(len(words) * share)
    start = random.Random(seed).randrange(len(words) - size + 1)
    return " ".join([*words[:start], *prose(1000 + seed, size), *words[start + size :]])


def held(identifier: str, title: str, text: str, version: str = "", **details: str) -> Held:
    return Held(
        id=identifier,
        details=Details.model_validate({"title": title, **details}),
        signature=signature_of(text),
        version=version,
    )


def compared(
    title: str, text: str, *others: Held, version: str = "", **details: str
) -> Likeness | None:
    new = Details.model_validate({"title": title, **details})
    return like(title, new, signature_of(text), others, version=version)


# ---------------------------------------------------------------- estimates


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0])
def test_similarity_is_near_to_the_exact_share_of_common_runs(share: float) -> None:
    one = policy(7)
    two = changed(one, share)
    assert similarity(signature_of(one), signature_of(two)) == pytest.approx(
        exact(one, two), abs=0.14
    )


def test_the_estimate_is_right_on_average() -> None:
    wrong = []
    for seed in range(60):
        one = " ".join(prose(seed, 800))
        two = changed(one, random.Random(seed).random(), seed)
        wrong.append(similarity(signature_of(one), signature_of(two)) - exact(one, two))
    assert abs(sum(wrong) / len(wrong)) < 0.015
    assert sum(abs(error) for error in wrong) / len(wrong) < 0.04


def test_a_part_is_contained_in_its_whole() -> None:
    whole = prose(3, 2000)
    part = signature_of(" ".join(whole[500:1000]))
    assert containment(part, signature_of(" ".join(whole))) == pytest.approx(1.0, abs=0.25)
    assert containment(signature_of(" ".join(whole)), part) == pytest.approx(0.25, abs=0.12)
    assert containment(part, signature_of(" ".join(prose(4, 2000)))) == pytest.approx(0, abs=0.05)


def test_signatures_do_not_change_from_run_to_run() -> None:
    found = signature_of("Peer support workers must never be asked to restrain anyone at work.")
    assert found.minima[:8].hex() == "c5a5a71db4f7b207"
    assert (found.shingles, found.words) == (8, 12)


def test_layout_case_and_punctuation_do_not_count() -> None:
    one = signature_of("Workers must not lone-work.\n\nThey call the team’s duty line first")
    two = signature_of("WORKERS must not lone work they call the team's  duty line first.")
    assert one == two


@given(st.text(max_size=200), st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_similarity_is_between_0_and_1_and_the_same_both_ways(one: str, two: str) -> None:
    a, b = signature_of(one), signature_of(two)
    assert 0 <= similarity(a, b) == similarity(b, a) <= 1
    assert 0 <= containment(a, b) <= 1
    assert similarity(a, a) == (1 if a.words else 0)


def test_texts_without_words_are_like_none() -> None:
    empty = signature_of(" …\n")
    assert empty == Signature()
    assert similarity(empty, empty) == 0
    assert compared("Notes", "", held("a", "Notes", "")) is None


def test_a_signature_survives_storing() -> None:
    found = signature_of(policy(3))
    assert Signature.model_validate_json(found.model_dump_json()) == found
    assert len(found.minima) == 512


# ---------------------------------------------------------------- the same text


def test_another_layout_and_date_of_one_text_is_a_near_duplicate() -> None:
    text = policy(7)
    again = text.replace(" ", "\n", 400) + " printed on 12 May 2024"
    found = compared("Lone Working Policy", again, held("lwp", "Lone Working Policy", text))
    assert found is not None
    assert (found.kind, found.document) == ("near-duplicate", "lwp")
    assert found.similarity > 0.95


def test_a_must_that_became_a_should_is_reported_and_told() -> None:
    text = policy(7) + " workers must tell the team before a visit"
    softer = text.replace("must tell", "should tell")
    found = compared("Lone Working Policy", softer, held("lwp", "Lone Working Policy", text))
    assert found is not None
    assert found.kind == "near-duplicate"
    assert found.force_differs
    assert "must or should" in found.message
    same = compared("Lone Working Policy", text, held("lwp", "Lone Working Policy", text))
    assert same is not None
    assert not same.force_differs
    assert not same.figures_differ


def test_a_changed_number_is_told() -> None:
    text = policy(7) + " call back within 30 minutes"
    found = compared("A", text.replace("30", "60"), held("a", "A", text))
    assert found is not None
    assert found.figures_differ
    assert not found.force_differs


def test_one_typo_in_a_short_leaflet_leaves_it_the_same() -> None:
    text = " ".join(prose(5, 60))
    found = compared("Leaflet", text.replace(text.split()[30], "tpyo"), held("a", "Leaflet", text))
    assert found is not None
    assert found.kind == "near-duplicate"


def test_the_same_text_under_another_title_is_a_near_duplicate() -> None:
    found = compared("Scan0042", policy(7), held("lwp", "Lone Working Policy", policy(7)))
    assert found is not None
    assert found.kind == "near-duplicate"


# ---------------------------------------------------------------- editions


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Lone Working Policy v2", "Lone Working Policy v3"),
        ("Lone Working Policy 2021-2024", "Lone Working Policy 2024-2027"),
        ("Lone Worker Policy (2nd edition)", "Lone Working Policy (3rd edition)"),
        ("Lone Working Policy Version 2.0 May 2021", "Lone working policy version 2.1 June 2023"),
        ("LONE WORKING POLICY 2021", "Lone Working Policy - draft 2024"),
    ],
)
@pytest.mark.parametrize("share", [0.0, 0.03, 0.3, 0.6])
def test_one_title_in_another_version_is_a_new_edition(old: str, new: str, share: float) -> None:
    text = policy(7)
    found = compared(new, changed(text, share), held("lwp", old, text))
    assert found is not None
    assert (found.kind, found.order) == ("new-edition", "newer")


def test_the_version_may_be_known_from_elsewhere_than_the_title() -> None:
    old = held("lwp", "Lone Working Policy", policy(7), version="3.0")
    found = compared("Lone Working Policy", changed(policy(7), 0.02), old, version="2")
    assert found is not None
    assert (found.kind, found.order) == ("new-edition", "older")
    assert "an older edition" in found.message


def test_version_10_comes_after_version_9_and_3_is_3_0() -> None:
    old = held("a", "Lone Working Policy v9", policy(7))
    found = compared("Lone Working Policy v10", policy(7), old)
    assert found is not None
    assert found.order == "newer"
    same = compared("Lone Working Policy v9.0", policy(7), old)
    assert same is not None
    assert same.kind == "near-duplicate"


def test_another_date_of_issue_makes_an_edition() -> None:
    old = held("a", "Lone Working Policy", policy(7), issued="2021-05")
    found = compared("Lone Working Policy", changed(policy(7), 0.05), old, issued="2024-05-12")
    assert found is not None
    assert (found.kind, found.order) == ("new-edition", "newer")


def test_a_date_that_is_only_more_exact_makes_no_edition() -> None:
    old = held("a", "Lone Working Policy", policy(7), issued="2024")
    found = compared("Lone Working Policy", policy(7), old, issued="2024-05-12")
    assert found is not None
    assert found.kind == "near-duplicate"


def test_a_partly_changed_text_of_one_title_is_an_edition_without_any_date() -> None:
    old = held("a", "Lone Working Policy", policy(7))
    found = compared("Lone Working Policy", changed(policy(7), 0.3), old)
    assert found is not None
    assert (found.kind, found.order) == ("new-edition", "unknown")


def test_an_update_of_a_review_is_told_by_its_doi() -> None:
    old = held("a", "Peer workers", policy(7), doi="10.5555/cd01.pub2")
    found = compared("Peer workers (updated)", policy(8), old, doi="10.5555/CD01.pub3")
    assert found is not None
    assert (found.kind, found.order) == ("new-edition", "newer")


# ---------------------------------------------------------------- unrelated


def test_policies_of_one_trust_that_share_boilerplate_are_unrelated() -> None:
    titles = [
        "Lone Working Policy",
        "Home Working Policy",
        "Safeguarding Adults Policy",
        "Safeguarding Children Policy",
        "Observation Policy",
        "Supervision Policy",
        "Peer Support Policy Part 1",
        "Peer Support Policy Part 2",
    ]
    shelf = [
        held(
            f"p{n}", title, policy(n + 20, own=900), version="1", issued="2021", published_in=TRUST
        )
        for n, title in enumerate(titles)
    ]
    for number, title in enumerate(titles):
        others = [one for at, one in enumerate(shelf) if at != number]
        text = policy(number + 20, own=900)
        assert (
            compared(title, text, *others, version="2", issued="2024", published_in=TRUST) is None
        )


def test_even_much_boilerplate_makes_no_edition_of_another_title() -> None:
    old = held("a", "Lone Working Policy v1", policy(7, boilerplate=1500, own=500))
    text = policy(8, boilerplate=1500, own=500)
    assert similarity(old.signature, signature_of(text)) > 0.4
    assert compared("Restraint Policy v2", text, old) is None


def test_policies_of_two_trusts_with_one_title_are_unrelated() -> None:
    old = held("a", "Lone Working Policy", policy(7), issued="2021", published_in=TRUST)
    other = changed(policy(7), 0.7)
    assert (
        compared(
            "Lone Working Policy", other, old, issued="2024", published_in="Harrow Fell NHS Trust"
        )
        is None
    )


def test_minutes_and_annual_reports_are_no_editions_of_each_other() -> None:
    old = held("a", "Annual report 2022", policy(7), issued="2022")
    assert compared("Annual report 2023", policy(8, own=1300), old, issued="2023") is None


def test_two_papers_with_one_title_and_two_dois_are_unrelated() -> None:
    old = held("a", "Peer support in crisis teams", policy(7), doi="10.5555/a")
    assert compared("Peer support in crisis teams", policy(8), old, doi="10.5555/b") is None


def test_a_policy_and_the_procedure_of_its_name_are_two_works() -> None:
    old = held("a", "Safeguarding Policy", policy(7), version="1")
    assert compared("Safeguarding Procedure", policy(8), old, version="2") is None


# ---------------------------------------------------------------- which one, and how fast


def test_the_nearest_of_several_is_named() -> None:
    text = policy(7)
    shelf = [
        held("v1", "Lone Working Policy v1", changed(text, 0.5)),
        held("v2", "Lone Working Policy v2", changed(text, 0.2)),
        held("other", "Restraint Policy", policy(9)),
    ]
    found = compared("Lone Working Policy v3", text, *shelf)
    assert found is not None
    assert found.document == "v2"
    twice = [*shelf, held("copy", "Scan", text)]
    nearer = compared("Lone Working Policy v3", text, *twice)
    assert nearer is not None
    assert (nearer.kind, nearer.document) == ("near-duplicate", "copy")


def test_five_thousand_documents_are_compared_in_under_a_second() -> None:
    base = [signature_of(" ".join(prose(seed, 300))) for seed in range(50)]
    shelf = [
        Held(
            id=f"d{number}",
            details=Details(title=f"Policy on subject {number} v{number % 7}", issued="2021-05"),
            signature=base[number % 50],
        )
        for number in range(5000)
    ]
    new = signature_of(" ".join(prose(99, 300)))
    started = time.perf_counter()
    found = like("Policy on subject 12 v9", Details(title="x"), new, shelf)
    assert time.perf_counter() - started < 1
    assert found is not None
    assert found.document == "d12"
    assert len(similarities(new, [one.signature for one in shelf])) == 5000


def test_a_long_book_has_a_signature_in_a_moment() -> None:
    words = prose(1, 300_000)
    started = time.perf_counter()
    signature_of(" ".join(words))
    assert time.perf_counter() - started < 5
