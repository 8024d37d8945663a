"""A command whose module is read when it is first asked for: runners and the web never need it."""

from __future__ import annotations

import importlib
from typing import Any

import click


class Deferred(click.Command):
    """Stand for the command of a name in a module until somebody uses it."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(name)
        self._module = module

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand what was typed to the command itself."""
        return self._command().make_context(info_name, args, parent, **extra)

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return what the command says of itself."""
        return self._command().get_short_help_str(limit)

    def _command(self) -> click.Command:
        found: click.Command = getattr(importlib.import_module(self._module), str(self.name))
        return found
