"""Tests of the manifest reader: which tags a page gets for which build."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, render_template_string

from kernel.web import assets

BUILD: dict[str, dict[str, Any]] = {
    "_shared.js": {"file": "assets/shared-1.js", "name": "shared", "css": ["assets/shared-1.css"]},
    "src/js/part.js": {"file": "assets/part-1.js", "name": "app", "isDynamicEntry": True},
    "src/js/app.js": {
        "file": "assets/app-1.js",
        "name": "app",
        "isEntry": True,
        "imports": ["_shared.js", "_again.js"],
        "css": ["assets/app-1.css", "assets/shared-1.css"],
    },
    "_again.js": {"file": "assets/again-1.js", "name": "again", "imports": ["_shared.js"]},
    "src/js/theme.js": {"file": "assets/theme-1.js", "name": "theme", "isEntry": True},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps(BUILD))
    return tmp_path


def render(folder: Path, template: str) -> str:
    app = Flask("page")
    assets.install(app, folder, base_url="/files/")
    with app.app_context():
        return render_template_string(template)


def test_an_entry_links_each_style_sheet_once_with_shared_ones_first(folder: Path) -> None:
    assert render(folder, "{{ vite_css('app') }}").splitlines() == [
        '<link rel="stylesheet" href="/files/assets/shared-1.css">',
        '<link rel="stylesheet" href="/files/assets/app-1.css">',
    ]


def test_an_entry_is_a_module_with_its_imports_loaded_ahead_once(folder: Path) -> None:
    assert render(folder, "{{ vite_js('app') }}").splitlines() == [
        '<link rel="modulepreload" href="/files/assets/shared-1.js">',
        '<link rel="modulepreload" href="/files/assets/again-1.js">',
        '<script type="module" src="/files/assets/app-1.js"></script>',
    ]


def test_a_blocking_entry_is_a_plain_script(folder: Path) -> None:
    tags = render(folder, "{{ vite_js('theme', blocking=true) }}")
    assert tags == '<script src="/files/assets/theme-1.js"></script>'


def test_an_entry_without_styles_links_none(folder: Path) -> None:
    assert render(folder, "[{{ vite_css('theme') }}]") == "[]"


def test_an_unknown_entry_is_an_error_that_names_it(folder: Path) -> None:
    with pytest.raises(LookupError, match="'shop'"):
        render(folder, "{{ vite_js('shop') }}")


def test_a_part_loaded_on_demand_is_no_entry(folder: Path) -> None:
    reader = assets.Assets(folder / "manifest.json", "/files/")
    assert "part-1.js" not in reader.script_tags("app")


def test_chunks_that_import_each_other_do_not_loop(folder: Path) -> None:
    build = {
        "a.js": {"file": "a.js", "name": "a", "isEntry": True, "imports": ["b.js"]},
        "b.js": {"file": "b.js", "name": "b", "imports": ["a.js"]},
    }
    (folder / "manifest.json").write_text(json.dumps(build))
    assert render(folder, "{{ vite_js('a') }}").count("src=") == 1


def test_without_a_build_pages_are_plain_and_the_log_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    template = "[{{ vite_css('app') }}{{ vite_js('app') }}{{ vite_js('theme', blocking=true) }}]"
    assert render(tmp_path, template) == "[]"
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_new_build_is_read_without_a_restart(folder: Path) -> None:
    path = folder / "manifest.json"
    reader = assets.Assets(path, "/files/")
    assert "theme-1.js" in reader.script_tags("theme")
    path.write_text(path.read_text().replace("theme-1.js", "theme-2.js"))
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    assert "theme-2.js" in reader.script_tags("theme")
