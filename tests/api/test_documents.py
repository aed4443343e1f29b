"""Text to document: JSON and YAML mean the same, and what readers could differ on is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchspace.errors import InvalidDocument
from service.api.documents import (
    MAX_DEPTH,
    MAX_FAULTS,
    MAX_INTEGER,
    MAX_TEXT,
    read_json,
    read_yaml,
)
from service.errors import BadRequest

READERS = pytest.mark.parametrize("read", [read_json, read_yaml])

# YAML 1.1 scanners fold line and paragraph separators, and refuse what is no character.
text = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufeff"),
    max_size=20,
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | text
)
documents = st.dictionaries(
    text,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    ),
    max_size=4,
)


@given(documents)
def test_every_json_document_reads_the_same_as_json_and_as_yaml(document: dict[str, object]):
    written = json.dumps(document, ensure_ascii=False)
    assert read_json(written) == document
    assert read_yaml(written) == document


@READERS
@pytest.mark.parametrize(
    ("written", "pointer"),
    [
        ('{"a": 1, "a": 1}', "/a"),
        ('{"a": [{"b/c": 1, "d": 2, "b/c": 3}]}', "/a/0/b~1c"),
        ('{"b": 9007199254740993, "a": 1, "a": 2}', "/a"),
    ],
)
def test_a_repeated_key_is_refused_wherever_it_is(read, written, pointer):
    with pytest.raises(BadRequest) as caught:
        read(written)
    assert caught.value.code == "duplicate_key"
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


@READERS
@pytest.mark.parametrize(
    ("written", "pointer"),
    [
        ('{"a": [0, 1e999]}', "/a/1"),
        ('{"a": -1e999}', "/a"),
        ('{"a": 9007199254740993}', "/a"),
        ('{"a": -9007199254740993}', "/a"),
        ('{"a": ' + "9" * 10_000 + "}", "/a"),
        ('{"a": "' + "x" * (MAX_TEXT + 1) + '"}', "/a"),
        ('{"a": "\\u0000"}', "/a"),
        ("[]", ""),
        ("null", ""),
        ('"text"', ""),
    ],
)
def test_values_that_readers_disagree_on_are_pointed_at(read, written, pointer):
    with pytest.raises(InvalidDocument) as caught:
        read(written)
    assert [problem.pointer for problem in caught.value.problems] == [pointer]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_infinities(constant):
    with pytest.raises(InvalidDocument) as caught:
        read_json(f'{{"a": {{"b": {constant}}}}}')
    assert caught.value.problems[0].pointer == "/a/b"


@pytest.mark.parametrize("constant", [".nan", ".NaN", ".inf", "+.inf", "-.INF"])
def test_yaml_infinities_are_refused(constant):
    with pytest.raises(InvalidDocument) as caught:
        read_yaml(f"a: {constant}")
    assert caught.value.problems[0].pointer == "/a"


def test_a_key_is_as_short_as_any_text():
    with pytest.raises(InvalidDocument, match="a key must have at most"):
        read_json('{"' + "x" * (MAX_TEXT + 1) + '": 1}')


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(InvalidDocument, match="/a"):
        read_json('{"a": "\\ud800"}')


@READERS
def test_depth_is_bounded(read):
    def nested(levels: int) -> str:
        return '{"a":' * (levels - 1) + "{}" + "}" * (levels - 1)

    read(nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 20_000):
        with pytest.raises(InvalidDocument, match="nested deeper than 32"):
            read(nested(levels))


@READERS
def test_only_so_many_faults_are_told(read):
    with pytest.raises(InvalidDocument) as caught:
        read('{"a": [' + ",".join(["1e999"] * 500) + "]}")
    assert len(caught.value.problems) == MAX_FAULTS


@pytest.mark.parametrize("written", ["", "{", '{"a": 1,}', "{'a': 1}", '{"a": 1} 2', "a: 1"])
def test_malformed_json(written):
    with pytest.raises(BadRequest, match="line 1") as caught:
        read_json(written)
    assert caught.value.code == "malformed"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("a: [1", "line 2"),
        ("a: &x 1\nb: *x", "anchors"),
        ("a: 1\nb: *x", "anchors"),
        ("a: !!python/object/apply:os.system [ls]", "tags"),
        ("a: !!binary aGk=", "tags"),
        ("? [a]\n: b", "keys must be text"),
        ("a: 1\n---\nb: 2", "more than one document"),
        ("a: \x07", "control characters"),
    ],
)
def test_yaml_beyond_json_is_refused(written, why):
    with pytest.raises(BadRequest, match=why) as caught:
        read_yaml(written)
    assert caught.value.code == "malformed"


def test_yaml_scalars_follow_the_core_schema():
    written = (
        "a: 1e-3\nb: no\nc: 2020-01-01\nd: 12:30\ne: 0x1F\nf: 0o17\ng: '1'\nh: ~\ni: +7\n1: x"
    )
    assert read_yaml(written) == {
        "a": 0.001,
        "b": "no",
        "c": "2020-01-01",
        "d": "12:30",
        "e": 31,
        "f": 15,
        "g": "1",
        "h": None,
        "i": 7,
        "1": "x",
    }
