"""A form that is drawn once and filled in says what one drawn anew would say."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.types import new_id
from marketplace.assignments import moulds
from marketplace.jobs import interface, rendering

SHOWN = interface.parse(
    """<View>
  <Header value="What is $title about?"/>
  <Text name="text" value="$text"/><Image name="picture" value="$picture"/>
  <Text name="title" value="$title"/>
  <Choices name="animal" toName="text"><Choice value="cat"/><Choice value="dog"/></Choices>
</View>"""
)
ROWS = interface.parse(
    """<View><Text name="text" value="$text"/><Table name="facts" value="$facts"/>
  <Choices name="animal" toName="text"><Choice value="cat"/><Choice value="dog"/></Choices>
</View>"""
)
KEY = (new_id(), 1, "en")
words = st.text(alphabet="ab <>&'\"{}$\\\ue000\ue001é\n", max_size=12) | st.integers()


@settings(
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=words, title=words)
def test_a_task_from_a_mould_is_the_task_drawn_anew(
    app: Flask, text: str | int, title: str | int
) -> None:
    data = {"text": text, "title": title, "picture": f"/media/{title}?a=1&b=2"}
    with app.test_request_context():
        anew = rendering.render(app.jinja_env, rendering.Body(SHOWN, data, str))
        assert moulds.draw(app.jinja_env, KEY, SHOWN, data) == anew


@pytest.mark.parametrize("facts", [[], [{"a": 1}], [{"a": 1}, {"a": 2}]])
def test_what_is_drawn_row_by_row_is_never_cast(app: Flask, facts: list[dict[str, int]]) -> None:
    data = {"text": "a", "facts": facts}
    with app.test_request_context():
        anew = rendering.render(app.jinja_env, rendering.Body(ROWS, data, str))
        assert moulds.draw(app.jinja_env, (new_id(), 1, "en"), ROWS, data) == anew
