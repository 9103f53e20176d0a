"""Arrow columns made of buffers hold what pyarrow itself would make of the same values."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajset.columns import ARROW, column

_INT32 = st.integers(-(2**31), 2**31 - 1)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_VALUES = {
    "string": st.none() | _TEXT,
    "int32": st.none() | _INT32,
    "int64": st.none() | st.integers(-(2**63), 2**63 - 1),
    "float64": st.none() | st.floats(allow_nan=False),
    "bool": st.none() | st.booleans(),
    "timestamp": st.none() | st.integers(0, 2**41),
    "list<string>": st.lists(_TEXT, max_size=4),
    "list<int32>": st.lists(_INT32, max_size=4),
    "list<list<int32>>": st.lists(st.lists(_INT32, max_size=3), max_size=4),
}


@pytest.mark.parametrize("kind", _VALUES)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_columns_equal_those_of_pyarrow(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(_VALUES[kind], max_size=20))
    made = column(values, kind)  # type: ignore[arg-type]
    made.validate(full=True)
    assert made.equals(pa.array(values, ARROW[kind]))  # type: ignore[index]


def test_json_columns_hold_each_value_as_its_text() -> None:
    shared = {"role": "user", "content": "é\u2028"}
    made = column([[shared, {"n": [1, None]}], [], [shared]], "list<json>")
    made.validate(full=True)
    assert made.type == ARROW["list<json>"]
    text = '{"role":"user","content":"é\u2028"}'
    assert made.to_pylist() == [[text, '{"n":[1,null]}'], [], [text]]
    assert column([{"a": 1}, None], "json").to_pylist() == ['{"a":1}', "null"]


def test_columns_do_not_import_pandas() -> None:
    code = (
        "import sys; from trajset.columns import ARROW, column\n"
        "for kind in ARROW: column([], kind)\n"
        "column(['a', None], 'string'); column([[[1]]], 'list<list<int32>>')\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
