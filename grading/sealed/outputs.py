"""The outputs of a cell as they come from a student process: read strictly."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

#: The names of the errors that a check shows which was not run to its end.
PROCESS_DIED, TIME_IS_UP = "ProcessDied", "CellTimeoutError"

_MOST_OUTPUTS = 10_000
_Text = Annotated[str, Meta(max_length=64 * 2**20)]
_Name = Annotated[str, Meta(max_length=300)]


class _Output(Struct, tag_field="output_type", forbid_unknown_fields=True):
    """An output of the notebook format."""


class _Stream(_Output, tag="stream"):
    name: _Name
    text: _Text


class _Display(_Output, tag="display_data"):
    data: dict[_Name, Any]
    metadata: dict[str, Any]


class _Result(_Output, tag="execute_result"):
    data: dict[_Name, Any]
    metadata: dict[str, Any]
    execution_count: Annotated[int, Meta(ge=0)] | None


class _Error(_Output, tag="error"):
    ename: _Name
    evalue: _Text
    traceback: Annotated[list[_Text], Meta(max_length=10_000)]


_Outputs = Annotated[
    list[_Stream | _Display | _Result | _Error], Meta(max_length=_MOST_OUTPUTS)
]
_decoder = msgspec.json.Decoder(_Outputs)


def read_outputs(text):
    """Return the outputs in a piece of JSON, a list of dict.

    Raises
    ------
    ValueError
        If they are not outputs of the notebook format.
    """
    try:
        outputs = _decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError, TypeError) as error:
        raise ValueError(f"not the outputs of a cell: {error}") from None
    for output in outputs:
        if isinstance(output, _Display | _Result):
            output.data = {
                kind: content
                for kind, content in output.data.items()
                if isinstance(content, str) or kind.endswith("json")
            }
    return msgspec.to_builtins(outputs)


def print_output(text):
    """Return the output of a cell that has printed some text."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def error_output(name, message):
    """Return the output of a cell that an error has ended."""
    return {
        "output_type": "error",
        "ename": name,
        "evalue": message,
        "traceback": [f"{name}: {message}"],
    }
