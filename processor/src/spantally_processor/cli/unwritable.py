"""An answer that cannot be written: apart from other errors, since every command imports it."""

from __future__ import annotations

from errno import EDQUOT, ENOSPC

import click

FULL = frozenset({ENOSPC, EDQUOT})
"""A disk, or somebody's part of it, has no room left."""


class Unwritable(click.ClickException):
    """Ends a command: its answer cannot be written where it is to go."""

    exit_code = 2
