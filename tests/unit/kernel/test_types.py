"""Keys sort by the time they were made, and outward ids hold two of them and nothing else."""

from __future__ import annotations

import time
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Missing
from kernel.types import decode_pair, encode_pair, new_id


def test_a_new_id_is_a_uuid_of_version_7() -> None:
    made = [new_id() for _ in range(200)]
    assert {(key.version, key.variant) for key in made} == {(7, RFC_4122)}
    assert len(set(made)) == 200


def test_a_new_id_begins_with_the_milliseconds_since_1970() -> None:
    before = time.time_ns() // 1_000_000
    stamp = new_id().int >> 80
    assert before <= stamp <= time.time_ns() // 1_000_000


def test_ids_sort_by_the_millisecond_they_were_made_in() -> None:
    made = []
    for _ in range(5):
        made.append(new_id())
        time.sleep(0.002)
    assert made == sorted(made)


@given(st.uuids(), st.uuids())
def test_two_keys_come_out_of_an_outward_id_as_they_went_in(first: UUID, second: UUID) -> None:
    outward = encode_pair(first, second)
    assert decode_pair(outward) == (first, second)
    assert len(outward) == 43
    assert all(letter.isalnum() or letter in "-_" for letter in outward)


GOOD = encode_pair(UUID(int=1), UUID(int=2))


@pytest.mark.parametrize(
    "outward",
    [
        "",
        "x",
        GOOD[:-1],
        GOOD + "A",
        GOOD + "=",
        GOOD[:-1] + "J",  # the same bytes with other spare bits
        "+" + GOOD[1:],
        "/" + GOOD[1:],
        " " + GOOD[1:],
        "\n" + GOOD[1:],
        "é" + GOOD[1:],
        str(UUID(int=1)),
        "A" * 10_000,
    ],
)
def test_anything_else_is_missing(outward: str) -> None:
    with pytest.raises(Missing):
        decode_pair(outward)


@given(st.text(max_size=60))
def test_no_text_is_read_as_another_id_than_its_own(text: str) -> None:
    try:
        pair = decode_pair(text)
    except Missing:
        return
    assert encode_pair(*pair) == text
