"""Pages' styles and scripts: the built files that the front end's manifest names."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from markupsafe import Markup

log = logging.getLogger(__name__)

Chunk = dict[str, Any]


def install(app: Flask, folder: Path, base_url: str = "/static/dist/") -> None:
    """Give templates `vite_css(entry)` and `vite_js(entry)` over the build in `folder`."""
    assets = Assets(folder / "manifest.json", base_url)
    app.jinja_env.globals.update(vite_css=assets.css_tags, vite_js=assets.script_tags)


@dataclass
class Assets:
    """Read the manifest, again whenever a new build replaced it.

    Without a build pages are plain and still work; an entry the build lacks is a LookupError.
    """

    path: Path
    base_url: str
    _chunks: dict[str, Chunk] = field(default_factory=dict)
    _read_at_ns: int = -1

    def css_tags(self, entry: str) -> Markup:
        """Link the style sheets of an entry, those of shared chunks first."""
        tag = Markup('<link rel="stylesheet" href="{}">')
        files = [file for chunk in self._with_imports(entry) for file in chunk.get("css", ())]
        return Markup("\n").join(tag.format(self.base_url + file) for file in dict.fromkeys(files))

    def script_tags(self, entry: str, *, blocking: bool = False) -> Markup:
        """Load an entry as a module with its imports ahead, or as a small blocking script."""
        *imported, own = self._with_imports(entry) or [{}]
        if not own:
            return Markup("")
        kind = Markup("") if blocking else Markup(' type="module"')
        ahead = Markup('<link rel="modulepreload" href="{}">')
        tags = [ahead.format(self.base_url + chunk["file"]) for chunk in imported]
        tags.append(
            Markup('<script{} src="{}"></script>').format(kind, self.base_url + own["file"])
        )
        return Markup("\n").join(tags)

    def _with_imports(self, entry: str) -> list[Chunk]:
        chunks = self._load()
        if not chunks:
            return []
        for key, chunk in chunks.items():
            if chunk.get("isEntry") and chunk.get("name") == entry:
                return list(_imports_first(chunks, key, set()))
        raise LookupError(f"The front end has no entry named {entry!r}.")

    def _load(self) -> dict[str, Chunk]:
        try:
            changed_at_ns = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            changed_at_ns = 0
        if changed_at_ns != self._read_at_ns:
            self._chunks = json.loads(self.path.read_bytes()) if changed_at_ns else {}
            self._read_at_ns = changed_at_ns
            if not changed_at_ns:
                log.warning("The front end is not built: pages have no styles and no scripts.")
        return self._chunks


def _imports_first(chunks: dict[str, Chunk], key: str, seen: set[str]) -> Iterator[Chunk]:
    """Walk the chunks an entry needs, each once, the entry itself last."""
    seen.add(key)
    for imported in chunks[key].get("imports", ()):
        if imported not in seen:
            yield from _imports_first(chunks, imported, seen)
    yield chunks[key]
