"""What somebody sees who is not signed in, and what is added to the page for somebody who is.

Plain pages that need no script. Help stands on each of them: nobody in danger needs a password.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import HTMLResponse

from assistant.interface import Texts
from assistant.presentation import signposts_to_html
from assistant.presentation.markup import Html, el, join
from assistant.schema import Signpost
from assistant.web.sign_in.people import Person

POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
MAIN = "main-button"
BACK = "back"
"""Where somebody wants to go who signs in again beside a page that is still open."""
_HTML = re.compile(r"<html\b")
_BODY = re.compile(r"<body\b[^>]*>")


@dataclass(frozen=True)
class Asked:
    """What a sign-in page repeats: where somebody wanted to go, the name they typed, and what went
    wrong, in words."""

    following: str = "/"
    name: str = ""
    error: str = ""


class Look:
    """The pages of one language.

    Args:
        texts: the page's sentences.
        signposts: where to turn for help.
        kind: how people sign in.
    """

    def __init__(self, texts: Texts, signposts: Sequence[Signpost], kind: str) -> None:
        self.texts = texts
        self.kind = kind
        self._help = signposts_to_html(signposts, 3, texts)

    def sign_in(self, asked: Asked, token: str = "") -> str:
        """The form for a name and a password, or the way to the provider."""
        body = self._form(asked, token) if self.kind == "passwords" else self._elsewhere(asked)
        return self._page(
            self.texts("sign_in.heading"),
            el("p", self.texts(f"sign_in.lead_{self.kind}"), class_="lead"),
            self._error(asked.error) if asked.error else None,
            body,
        )

    def by_proxy(self) -> str:
        """For somebody whom the proxy did not name."""
        lead = el("p", self.texts("sign_in.lead_proxy"), class_="lead")
        return self._page(self.texts("sign_in.not_signed_in"), lead)

    def closed(self) -> str:
        """For everybody, while nobody can be let in."""
        lead = el("p", self.texts("sign_in.closed"), class_="lead")
        return self._page(self.texts("sign_in.closed_heading"), lead)

    def signed_out(self, ending: str = "") -> str:
        """After signing out; ``ending`` is where to sign out at the provider too."""
        further = el(
            "p",
            el("a", self.texts("sign_in.end_provider"), href=ending, class_="plain-button"),
            class_="further",
        )
        again = el("a", self.texts("sign_in.again"), href="/sign-in", class_="main-button")
        return self._page(
            self.texts("sign_in.signed_out"),
            el("p", self.texts("sign_in.signed_out_lead"), class_="lead"),
            el("p", again, class_="further"),
            further if ending else None,
        )

    def back(self) -> str:
        """For somebody who signed in again beside a page that is still open."""
        lead = el("p", self.texts("sign_in.back_lead"), class_="lead")
        return self._page(self.texts("sign_in.back_heading"), lead)

    def response(self, page: str, status: int = 200, **headers: str) -> HTMLResponse:
        """A page as a response that may load nothing but its own looks."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return HTMLResponse(page, status, {"content-security-policy": POLICY, **named})

    def worn(self, document: str, person: Person) -> str:
        """The first document for a person: who they are, the way out, and what to do when their
        session has ended."""
        may = "edit" if person.editor else "read"
        # What a browser keeps, it keeps for this person alone.
        mark = hashlib.sha256(person.key.encode()).hexdigest()[:16]
        script = el("script", src="/ui/sign_in.js")
        style = el("link", rel="stylesheet", href="/ui/sign_in.css")
        document = _HTML.sub(f'<html data-may="{may}" data-person="{mark}"', document, count=1)
        document = document.replace("<head>", "<head>" + script, 1)
        document = document.replace("</head>", style + "</head>", 1)
        document = document.replace("</body>", self._ended() + "</body>", 1)
        return _BODY.sub(lambda found: found[0] + self._bar(person), document, count=1)

    # ------------------------------------------------------------ pieces

    def _page(self, heading: str, *content: Html | None) -> str:
        texts = self.texts
        head = el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="color-scheme", content="light dark"),
            el("title", f"{heading} | {texts('page.name')}"),
            el("link", rel="icon", href="/ui/icon.svg", type="image/svg+xml"),
            el("link", rel="stylesheet", href="/ui/page.css"),
            el("link", rel="stylesheet", href="/ui/sign_in.css"),
        )
        top = el(
            "header",
            el("span", texts("page.name"), class_="name"),
            el("a", texts("help.link"), href="#help", class_="help-link"),
            class_="masthead",
        )
        main = el("main", el("h1", heading), *content, class_="door")
        body = el("body", el("div", top, main, self._signposts(), class_="gradio-container"))
        return "<!doctype html>" + el("html", head, body, lang=texts.language)

    def _signposts(self) -> Html:
        return el(
            "section",
            el("h2", self.texts("help.heading"), id="help-title"),
            el("p", self.texts("help.lead")),
            self._help,
            el("p", self.texts("help.other"), class_="quiet"),
            id="help",
            class_="door-help",
            aria_labelledby="help-title",
            tabindex="-1",
        )

    def _error(self, words: str) -> Html:
        return el("p", words, class_="failure", role="alert", id="error")

    def _form(self, asked: Asked, token: str) -> Html:
        described = "error" if asked.error else None
        name = el(
            "input",
            id="name",
            name="name",
            value=asked.name,
            autocomplete="username",
            autocapitalize="none",
            spellcheck="false",
            maxlength="64",
            required=True,
            aria_describedby=described,
            autofocus=not asked.name,
        )
        password = el(
            "input",
            id="password",
            name="password",
            type="password",
            autocomplete="current-password",
            maxlength="256",
            required=True,
            aria_describedby=described,
            autofocus=bool(asked.name),
        )
        return el(
            "form",
            el("input", type="hidden", name="token", value=token),
            el("input", type="hidden", name="next", value=asked.following),
            self._field("name", name),
            self._field("password", password),
            el("button", self.texts("sign_in.send"), class_="main-button"),
            el("p", self.texts("sign_in.forgotten"), class_="quiet"),
            method="post",
            action="/sign-in",
            class_="door-form",
        )

    def _field(self, name: str, control: Html) -> Html:
        return el(
            "div", el("label", self.texts(f"sign_in.{name}"), for_=name), control, class_="field"
        )

    def _elsewhere(self, asked: Asked) -> Html:
        fields = el("input", type="hidden", name="next", value=asked.following)
        button = el("button", self.texts("sign_in.send"), class_="main-button")
        # Sent by GET: a form that is posted may not lead to another address.
        return el(
            "form", fields, button, method="get", action="/sign-in/openid", class_="door-form"
        )

    def _bar(self, person: Person) -> Html:
        texts = self.texts
        out = el(
            "form",
            el("button", texts("sign_in.out"), class_="bar-button"),
            method="post",
            action="/sign-out",
        )
        return el(
            "div",
            el("span", texts("sign_in.as", person=person.name), class_="bar-name"),
            None if self.kind == "proxy" else out,
            None if person.editor else el("p", texts("sign_in.reader"), class_="bar-reader"),
            class_="person-bar",
            role="region",
            aria_label=texts("sign_in.bar"),
        )

    def _ended(self) -> Html:
        """Shown by the script when the server refuses: the session is over, or somebody else's, or
        the person may only read."""
        texts = self.texts
        way = f"/sign-in?next={BACK}" if self.kind != "proxy" else "/"
        again = el("a", texts("sign_in.ended_again"), href=way, target="_blank", class_=MAIN)
        reload = el("a", texts("sign_in.reload"), href="/", class_=MAIN)
        return join(
            self._dialog(
                "signed-out", texts("sign_in.ended_heading"), texts("sign_in.ended"), again
            ),
            self._dialog(
                "anothers", texts("sign_in.anothers_heading"), texts("sign_in.anothers"), reload
            ),
            self._dialog(
                "reader", texts("sign_in.reader_heading"), texts("sign_in.reader_refused")
            ),
            self._dialog("closed", texts("sign_in.closed_heading"), texts("sign_in.closed")),
        )

    def _dialog(self, why: str, heading: str, words: str, way_on: Html | None = None) -> Html:
        texts = self.texts
        close = el("button", texts("help.close"), class_="bar-button")
        return el(
            "dialog",
            el("h2", heading, id=f"refused-{why}-title", tabindex="-1"),
            el("p", words),
            el("p", way_on) if way_on else None,
            el("p", texts("failure.help_first"), class_="quiet"),
            el("form", close, method="dialog"),
            id=f"refused-{why}",
            class_="signed-out",
            aria_labelledby=f"refused-{why}-title",
        )


Looks = Mapping[str, Look]
"""By what stands before an address: "" and, for Welsh, "/cy"."""


def look_of(looks: Looks, place: str) -> Look:
    """The pages in the language of a place."""
    found = max((p for p in looks if place.startswith(f"{p}/")), key=len, default="")
    return looks[found]
