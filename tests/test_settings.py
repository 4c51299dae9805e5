"""Settings: flag over environment over file over default, and mistakes that are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import ConfigurationError
from assistant.settings import FILE_NAME, PREFIX, Settings, read_settings, unknown_variables


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


# ---------------------------------------------------------------- order


@pytest.mark.parametrize(
    ("name", "default", "in_file", "in_environment", "given"),
    [
        ("evidence", 12, "evidence = 5", "6", 7),
        ("port", 7860, "port = 8001", "8002", 8003),
        ("max_question_chars", 2000, "max_question_chars = 100", "200", 300),
        ("embedding_model", "bundled", "embedding_model = 'a'", "b", "c"),
        ("threads", 0, "threads = 1", "2", 3),
    ],
)
def test_flag_over_environment_over_file_over_default(
    name: str,
    default: object,
    in_file: str,
    in_environment: str,
    given: object,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert getattr(read_settings(), name) == default
    write(folder, in_file)
    third = getattr(read_settings(), name)
    assert str(third) in in_file
    assert third != default
    monkeypatch.setenv(PREFIX + name.upper(), in_environment)
    second = getattr(read_settings(), name)
    assert str(second) == in_environment
    assert type(second) is type(default)
    assert getattr(read_settings(**{name: given}), name) == given


def test_flags_that_were_not_given_count_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_SUPPORT_EVIDENCE", "6")
    assert read_settings(evidence=None, home=None).evidence == 6


def test_home_comes_from_the_environment(folder: Path) -> None:
    assert read_settings().home == folder / "home"
    assert read_settings(home="elsewhere").home == Path("elsewhere")


def test_defaults_need_no_network_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEER_SUPPORT_HOME")
    settings = read_settings()
    assert settings.host == "127.0.0.1"
    assert settings.embedding_model == "bundled"
    assert (settings.corpus / "sources").is_dir()
    assert (settings.prompts / "messages.toml").is_file()
    assert settings.home.is_absolute()


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("evidence", 3),
        ("evidence", 41),
        ("evidence", "many"),
        ("port", 0),
        ("port", 70000),
        ("max_question_chars", 49),
        ("threads", -1),
        ("threads", 1.5),
    ],
)
def test_wrong_value_names_its_setting(
    name: str, value: object, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigurationError, match=f"setting {name} ") as caught:
        read_settings(**{name: value})
    assert PREFIX + name.upper() in caught.value.hint
    assert FILE_NAME in caught.value.hint
    with monkeypatch.context() as patch:
        patch.setenv(PREFIX + name.upper(), str(value))
        with pytest.raises(ConfigurationError, match=f"setting {name} "):
            read_settings()
    write(folder, f"{name} = {value!r}")
    with pytest.raises(ConfigurationError, match=f"setting {name} "):
        read_settings()


def test_unknown_setting_is_named(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="setting colour "):
        read_settings(colour="red")
    write(folder, "colour = 'red'")
    with pytest.raises(ConfigurationError, match="setting colour "):
        read_settings()


@pytest.mark.parametrize(
    "data", [b"evidence = ", b"[[", b"\xff\xfe\x00", b"evidence = 5\nevidence=6"]
)
def test_broken_file_is_named(data: bytes, folder: Path) -> None:
    (folder / FILE_NAME).write_bytes(data)
    with pytest.raises(ConfigurationError, match=r"^peer-support\.toml cannot be read"):
        read_settings()


def test_unknown_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_variables() == []
    for name in ("PEER_SUPPORT_EVIDENSE", "PEER_SUPPORT_", "PEER_SUPPORT_PORT", "PEER_OTHER"):
        monkeypatch.setenv(name, "5")
    assert unknown_variables() == ["PEER_SUPPORT_", "PEER_SUPPORT_EVIDENSE"]
    assert read_settings().evidence == 12


# ---------------------------------------------------------------- the rest


def test_every_setting_says_what_it_does() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


def test_hash_follows_what_can_change_an_answer_and_nothing_else() -> None:
    same = {
        read_settings().answer_hash(),
        read_settings(port=1, host="::1", home="/x", threads=4).answer_hash(),
    }
    assert len(same) == 1
    for change in ({"evidence": 5}, {"embedding_model": "x"}, {"max_question_chars": 99}):
        assert read_settings(**change).answer_hash() not in same
