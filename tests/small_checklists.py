"""Two small checklists and two concerns for the small library, as files to break at will."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Plain = dict[str, Any]

OFTEN = "supervising-every-four-weeks"
KEYS = "supervising-keys"
FORCE = "training-before-force"
PAY = "training-pay-scale"


def row(id_: str, text: str, force: str, notes: list[str], **more: Any) -> Plain:
    """A row with made-up examples that share its words."""
    about = text.rstrip(".").lower()
    return {
        "id": id_,
        "who": "the employer",
        "text": text,
        "force": force,
        "notes": notes,
        "from": "England",
        "settings": ["any"],
        "fits": ["policy", "supervision-policy"],
        "show": "A dated record.",
        "met": [f"{word} {about}." for word in ("Here", "Always", "In this trust", "Each year")],
        "unclear": [f"Perhaps {about} where possible.", "This will be arranged as appropriate."],
        "contradicts": [f"It is not so that {about}.", f"Nobody says that {about}."],
        "beside": ["The canteen opens at noon.", "Parking permits are issued by the estates team."],
        **more,
    }


def checklists() -> dict[str, Plain]:
    """The checklists by stage."""
    return {
        "supervising": {
            "id": "supervising",
            "title": "Supervising",
            "rows": [
                row(
                    OFTEN,
                    "Peer support workers meet a supervisor who is an experienced peer every four"
                    " weeks.",
                    "should",
                    ["supervision-guide-2020-1", "supervision-charter-2022-1"],
                    contested="home-visits",
                ),
                row(
                    KEYS,
                    "Peer support workers do not carry the keys of the medicines cupboard.",
                    "must",
                    ["ward-rules-2023-1"],
                    settings=["inpatient"],
                ),
            ],
        },
        "training": {
            "id": "training",
            "title": "Training",
            "rows": [
                row(
                    FORCE,
                    "Staff of the unit are trained in the use of force before they are asked to"
                    " use it.",
                    "must",
                    ["force-act-2018-1"],
                ),
                row(
                    PAY,
                    "In Australia certified peer workers are paid on the scale of others with"
                    " equal duties.",
                    "should",
                    ["aus-framework-2021-1"],
                    **{"from": "Australia"},
                ),
            ],
        },
    }


def concerns() -> Plain:
    """Two kinds of concern."""
    return {
        "concerns": [
            {
                "id": "keys-duty",
                "title": "Keys of the medicines cupboard as a duty",
                "why": "One ward's rules say that peers do not carry them.",
                "notes": ["ward-rules-2023-1"],
                "contested": "home-visits",
                "patterns": [r"carry the keys"],
                "examples": [
                    f"The worker will carry the keys of the medicines cupboard {when}."
                    for when in (
                        "at night",
                        "by day",
                        "on Mondays",
                        "in turn",
                        "alone",
                        "each shift",
                        "when asked",
                        "at weekends",
                    )
                ],
                "near": [
                    "The worker will not carry the keys of the medicines cupboard.",
                    "Nobody but a nurse will carry the keys.",
                    "The keys are kept at reception.",
                    "Car keys may be left in the office.",
                ],
                "instead": "Say who carries the keys.",
            },
            {
                "id": "cold-words",
                "title": "Cold words",
                "why": "A guide asks for a talk in which workers think.",
                "notes": ["supervision-guide-2020-2"],
                "examples": [f"Clients number {n} are processed swiftly." for n in range(8)],
                "near": [f"People number {n} are welcomed warmly." for n in range(4)],
                "instead": "Write warmly.",
            },
        ]
    }


def write_checklists(corpus: Path) -> Path:
    """Put the checklists and concerns into a library's folder; gives the folder."""
    (corpus / "checklists").mkdir(exist_ok=True)
    for stage, data in checklists().items():
        path = corpus / "checklists" / f"{stage}.yaml"
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    text = yaml.safe_dump(concerns(), sort_keys=False)
    (corpus / "concerns.yaml").write_text(text, encoding="utf-8")
    return corpus


def call(corpus: Path, module: Any, *args: str) -> int:
    """Run one command of a module of the command line on a library; the exit code."""
    import typer

    from assistant.cli import _explained, options
    from assistant.errors import AssistantError

    app = options.new_app("Test", example="test")
    app.callback()(options.global_options)
    module.add_to(app)
    command = typer.main.get_command(app)
    try:
        command.main(["--corpus", str(corpus), *args], prog_name="peer-support")
    except AssistantError as error:
        return _explained(error)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
