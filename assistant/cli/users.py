"""``users``: who may sign in to the page with a password, and who may change shared documents."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assistant.cli.options import JsonOption, new_app, settings_of
from assistant.cli.output import note, put, put_json, table
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.web.sign_in.people import Accounts

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the person types.")]
_ROLES = {True: "editor", False: "reader"}


def add_to(app: typer.Typer) -> None:
    """Put the group of this module into the application."""
    group = new_app(
        "Decide who may sign in to the page with a password.",
        example="peer-support users add amina.khan --editor",
    )
    group.command("add", epilog="Example: peer-support users add amina.khan")(add)
    group.command("remove", epilog="Example: peer-support users remove amina.khan")(remove)
    group.command("list", epilog="Example: peer-support users list")(list_people)
    group.command("password", epilog="Example: peer-support users password amina.khan")(password)
    group.command("role", epilog="Example: peer-support users role amina.khan editor")(role)
    app.add_typer(group, name="users")


def add(
    ctx: typer.Context,
    name: NameArgument,
    editor: Annotated[
        bool, typer.Option("--editor", help="May add, change and remove shared documents.")
    ] = False,
) -> None:
    """Add a person. The password is asked for twice, or is the first line of standard input."""
    from assistant.web.sign_in.passwords import hashed

    accounts, name = _accounts(ctx), _checked(name)
    if accounts.get(name) is not None:
        raise UsageError(
            f"{name} is there already.",
            "To set another password: peer-support users password NAME",
        )
    hash_ = hashed(_new_password(name))
    account = accounts.put(name, hash_, editor, new=True)
    put(f"{account.name} may sign in as {_ROLES[account.editor]}.")


def remove(ctx: typer.Context, name: NameArgument) -> None:
    """Take a person out. Where they are signed in, that ends at once."""
    _accounts(ctx).remove(name)
    put(f"{name} may not sign in any more.")


def list_people(ctx: typer.Context, as_json: JsonOption = False) -> None:
    """Show who may sign in."""
    people = _accounts(ctx).all()
    if as_json:
        rows = [
            {"name": p.name, "role": _ROLES[p.editor], "added": p.added.isoformat()}
            for p in people.values()
        ]
        put_json({"users": rows})
        return
    if not people:
        note("Nobody was added yet. Add somebody with: peer-support users add NAME")
        return
    found = ((p.name, _ROLES[p.editor], p.added.isoformat()) for p in people.values())
    put(table(("Name", "Role", "Added"), found))


def password(ctx: typer.Context, name: NameArgument) -> None:
    """Set another password. Where the person is signed in, that ends at once."""
    from assistant.web.sign_in.passwords import hashed

    accounts = _accounts(ctx)
    if accounts.get(name) is None:
        raise UsageError(f"Nobody here is called {name}.", "See who is: peer-support users list")
    accounts.put(name, hashed(_new_password(name)), new=False)
    put(f"{name} has another password.")


def role(
    ctx: typer.Context,
    name: NameArgument,
    what: Annotated[str, typer.Argument(metavar="reader|editor", help="What they may do.")],
) -> None:
    """Let a person change shared documents (editor), or only read them (reader)."""
    wanted: dict[str, Literal[True, False]] = {"editor": True, "reader": False}
    if what not in wanted:
        raise UsageError(f"There is no role {what}.", "Choose reader or editor.")
    account = _accounts(ctx).set_editor(name, wanted[what])
    put(f"{account.name} is {_ROLES[account.editor]} now.")


def _accounts(ctx: typer.Context) -> Accounts:
    from assistant.web.sign_in.people import Accounts

    return Accounts(settings_of(ctx).home)


def _checked(name: str) -> str:
    from assistant.web.sign_in.people import checked_name

    return checked_name(name)


def _new_password(name: str) -> str:
    from assistant.web.sign_in.passwords import checked_password

    if not sys.stdin.isatty():
        return checked_password(sys.stdin.readline().rstrip("\r\n"), name)
    found = checked_password(getpass.getpass("New password: "), name)
    if getpass.getpass("The same again: ") != found:
        raise UsageError("The two passwords are not the same.", "Nothing was changed; try again.")
    return found
