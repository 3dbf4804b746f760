"""Options of the commands that cut spend: --by and --where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from spantally_processor.store.dimensions import Cut, cut_of

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = (
    "workflow, team, feature, customer, project, user, environment, task, property, outcome, model, "
    "service, provider, operation; hour, day, week, month, quarter, year; or the key of any other "
    "tag (tag:KEY where it is named like one of these)."
)


def read_cut(ctx: click.Context, param: click.Parameter, keys: str | None) -> Cut | None:
    """The cut that `team,feature` names.

    Raises:
        click.BadParameter: It names none.
    """
    try:
        return None if keys is None else cut_of(keys)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def read_cuts(ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> list[Cut]:
    """The same of an option that is given several times; each cut once."""
    return list(dict.fromkeys(cut for text in texts if (cut := read_cut(ctx, param, text))))


def read_conditions(
    ctx: click.Context, param: click.Parameter, pairs: tuple[str, ...]
) -> dict[str, str]:
    """KEY=VALUE options as a mapping.

    Raises:
        click.BadParameter: One has no key or no "=", or a key comes twice.
    """
    wanted: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key or key in wanted:
            raise click.BadParameter(f"{pair!r}; expected KEY=VALUE, each key once", ctx, param)
        wanted[key] = value
    return wanted


def where_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add --where; the command gets `where`, a mapping."""
    return click.option(
        "--where",
        multiple=True,
        callback=read_conditions,
        metavar="KEY=VALUE",
        help="Only calls with this tag, model, provider, service …; nothing after = for those "
        "without the tag. Can be given again; all must hold.",
    )(command)
