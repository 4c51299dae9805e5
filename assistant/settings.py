"""Every setting, with what it does: flag over environment over ``peer-support.toml`` over default.

Data only. Read where the program starts (command line, page, Python API) and passed down as values.
Defaults need no network and no key. ``unknown_variables`` names ``PEER_SUPPORT_…`` variables that
match no setting, which pydantic-settings would ignore in silence.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import ConfigurationError
from assistant.resources import bundled_folder

PREFIX = "PEER_SUPPORT_"
FILE_NAME = "peer-support.toml"


def _parted(given: Any) -> Any:
    """A list as one line of text holds it: parted by commas."""
    return (
        [part.strip() for part in given.split(",") if part.strip()]
        if isinstance(given, str)
        else given
    )


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parted)]


def default_home() -> Path:
    """The platform's folder for a user's data."""
    return Path(platformdirs.user_data_dir("peer-support", appauthor=False))


class Settings(BaseSettings):
    """All settings of the program."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, toml_file=FILE_NAME
    )

    home: Path = Field(
        default_factory=default_home,
        description="Folder for the index, added documents, history and logs.",
    )
    corpus: Path = Field(
        default_factory=lambda: bundled_folder("corpus"),
        description="Folder of the library.",
    )
    prompts: Path = Field(
        default_factory=lambda: bundled_folder("prompts"),
        description="Folder of messages, screening rules and signposts.",
    )
    embedding_model: str = Field(
        default="bundled",
        description="'bundled', or a folder with a sentence-transformers model.",
    )
    evidence: int = Field(
        default=12, ge=4, le=40, description="How many notes an answer may draw on."
    )
    max_question_chars: int = Field(
        default=2000, ge=50, le=20000, description="Longest question that is read."
    )
    host: str = Field(default="127.0.0.1", description="Address that the page listens on.")
    port: int = Field(default=7860, ge=1, le=65535, description="Port that the page listens on.")
    sign_in: Literal["", "passwords", "proxy", "openid"] = Field(
        default="",
        description="How people sign in to the page: passwords, proxy or openid; empty: nobody has"
        " to, and only this computer reaches it.",
    )
    public_address: str = Field(
        default="", description="Address of the page that people type, for a team."
    )
    insecure_http: bool = Field(
        default=False,
        description="Allow a public address that is not encrypted. Only on a network of your own.",
    )
    sign_in_idle_minutes: int = Field(
        default=60, ge=1, le=1440, description="Minutes of quiet after which one is signed out."
    )
    sign_in_hours: int = Field(
        default=12, ge=1, le=168, description="Hours after which one is signed out in any case."
    )
    editors: Names = Field(
        default=(),
        description="Names, e-mail addresses or groups that may change shared documents, where a"
        " proxy or OpenID Connect says who somebody is; parted by commas.",
    )
    proxy_header: str = Field(
        default="X-Forwarded-User", description="Header in which the proxy names the person."
    )
    proxy_addresses: Names = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of the proxy; from elsewhere its header says nothing.",
    )
    openid_issuer: str = Field(default="", description="Address of the OpenID Connect provider.")
    openid_client: str = Field(default="", description="What the provider calls this page.")
    openid_domains: Names = Field(
        default=(), description="Domains whose verified e-mail addresses may sign in."
    )
    openid_groups: Names = Field(default=(), description="Groups that may sign in.")
    openid_group_claim: str = Field(
        default="groups", description="Where the provider's token names groups."
    )
    gap_log: bool = Field(
        default=False,
        description="Keep a list of questions that the library could not answer. Off by default.",
    )
    ratings: bool = Field(
        default=True,
        description="Let readers mark what is wrong with an answer; kept on this computer alone.",
    )
    history: bool = Field(
        default=True,
        description="Let people keep their questions and answers, each in their own browser.",
    )
    document_megabytes: int = Field(
        default=200, ge=1, description="Largest document that is read, in megabytes."
    )
    document_pages: int = Field(
        default=3000, ge=1, description="Most pages of a document that is read."
    )
    document_seconds: int = Field(
        default=180, ge=1, description="Longest time that reading one document may take."
    )
    document_memory: int = Field(
        default=1500, ge=200, description="Most memory that reading may take, in megabytes."
    )
    archive_megabytes: int = Field(
        default=2000, ge=1, description="Most that a zip archive may unpack to, in megabytes."
    )
    added_files: int = Field(default=20_000, ge=1, description="Most files that are added at once.")
    ocr: bool = Field(
        default=False,
        description="Read scanned pages with Tesseract, where the extra 'ocr' is installed.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Texts embedded at once, one core each; 0 takes every core.",
    )
    model: str = Field(
        default="",
        description="Chat model as provider:name, such as ollama:llama3.2; empty answers without.",
    )
    model_base_url: str = Field(
        default="", description="Address of a server that speaks the model's protocol."
    )
    model_tokens: int = Field(
        default=8000, ge=2000, le=1_000_000, description="Tokens that the model reads at once."
    )
    model_seconds: int = Field(
        default=90, ge=1, le=1800, description="Longest time that one call of the model may take."
    )
    model_first_seconds: int = Field(
        default=30, ge=1, le=600, description="Longest wait for the model's first words."
    )
    model_retries: int = Field(
        default=2, ge=0, le=10, description="How often a call that failed is tried again."
    )
    model_at_once: int = Field(
        default=2, ge=1, le=100, description="Calls of the model that run at the same time."
    )
    model_daily_dollars: float = Field(
        default=0.0, ge=0.0, description="Most that a day's calls may cost, in US dollars; 0: any."
    )
    model_daily_tokens: int = Field(
        default=0, ge=0, description="Most tokens that a day's calls may take; 0: any number."
    )
    remote_models: bool = Field(
        default=True,
        description="Allow a chat model on another machine, once one is set as the model.",
    )
    entailment_model: str = Field(
        default="",
        description="Folder of a model that has to agree with the gate on every statement.",
    )
    judge_model: str = Field(
        default="",
        description="A second chat model, as provider:name, that has to agree with the gate too.",
    )
    judge_base_url: str = Field(
        default="", description="Address of the second model's server, where it is not its own."
    )
    model_write: bool = Field(
        default=True,
        description="Let the model word summaries and vary stories; off: only the smaller jobs.",
    )
    model_rewrite: bool = Field(
        default=False, description="Let the model make follow-up questions stand alone."
    )
    model_widen: bool = Field(
        default=False, description="Let the model put a question that found nothing in other words."
    )
    model_read_closely: bool = Field(
        default=False, description="Let the model put the evidence in order before it writes."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def answer_hash(self) -> str:
        """Hash of the settings that can change an answer."""
        parts = f"{self.embedding_model}|{self.evidence}|{self.max_question_chars}"
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


def read_settings(**given: Any) -> Settings:
    """Settings from the arguments that are not None, the environment, the file and the defaults.

    Raises:
        ConfigurationError: a value is wrong; names the setting.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        raise ConfigurationError(
            f"The setting {name} cannot be used: {first['msg']}.",
            f"See the flag, the variable {PREFIX}{name.upper()} or {FILE_NAME}.",
        ) from error
    except (ValueError, OSError) as error:
        raise ConfigurationError(
            f"{FILE_NAME} cannot be read: {error}.", "Mend it or move it away."
        ) from error


def unknown_variables() -> list[str]:
    """Names of ``PEER_SUPPORT_…`` variables that match no setting."""
    known = {
        PREFIX + name.upper() for name in (*Settings.model_fields, "api_token", "openid_secret")
    }
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
