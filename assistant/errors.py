"""The errors that users may meet, each with what to do about it.

    AssistantError
      UsageError            the call itself is wrong (exit code 2)
      ConfigurationError    a setting is wrong or a needed file is missing
        IndexMissingError   there is no index yet
        IndexMismatchError  the index was made from another library or model
        IndexBusyError      another process is building
      CorpusError           a file of the library is broken (file, field)
      PromptError           a file of prompts or messages is broken (file, field)
      DocumentError         a document that a user gave cannot be read or kept (file, reason)
      ModelError            a model could not be loaded or did not answer

They are raised once, where the foreign failure is first met, with ``from``; caught at the edge
(command line, page) and nowhere else, except that the pipeline turns a broken screen into the
outcome ``failed``. Everything else is a bug and keeps its traceback. A refusal to answer is an
outcome, not an error.
"""

from __future__ import annotations


class AssistantError(Exception):
    """Something a user can act on: what is wrong, and what to do.

    Args:
        message: one sentence that says what is wrong.
        hint: one sentence that says what to do; may be empty.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(AssistantError):
    """The call is wrong: an empty question, an unknown filter, a missing argument."""

    exit_code = 2


class ConfigurationError(AssistantError):
    """A setting is wrong, or a file that the settings name is missing."""


class IndexMissingError(ConfigurationError):
    """There is no index where one is expected."""


class IndexMismatchError(ConfigurationError):
    """The index was built from another library, model or format than the one in use."""


class IndexBusyError(ConfigurationError):
    """Another process holds the build lock."""


class CorpusError(AssistantError):
    """A file of the library cannot be used.

    Args:
        file: path of the file, as the reader would name it.
        field: dotted place inside the file, or empty for the whole file.
    """

    def __init__(self, file: str, field: str, message: str, hint: str = "") -> None:
        where = f"{file}: {field}: " if field else f"{file}: "
        super().__init__(where + message, hint)
        self.file = file
        self.field = field


class PromptError(AssistantError):
    """A file in ``prompts/`` cannot be used; names the file and the field."""

    def __init__(self, file: str, field: str, message: str, hint: str = "") -> None:
        where = f"{file}: {field}: " if field else f"{file}: "
        super().__init__(where + message, hint)
        self.file = file
        self.field = field


class ModelError(AssistantError):
    """A model could not be loaded or did not answer."""


class DocumentError(AssistantError):
    """A document that a user gave cannot be read or kept.

    Args:
        file: path of the file, as the reader would name it.
        reason: one of ``documents.records.FileReason``.
        message: what is wrong with it, without the file's name.
        hint: what to do.
    """

    def __init__(self, file: str, reason: str, message: str, hint: str = "") -> None:
        super().__init__(f"{file}: {message}", hint)
        self.file = file
        self.reason = reason
        self.detail = message
