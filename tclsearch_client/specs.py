"""A spec in whatever form one has it, as the body of a request."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

Spec: TypeAlias = Mapping[str, Any] | Path | str
"""A mapping; the path of a YAML or JSON file; or YAML or JSON text."""

JSON = "application/json"
YAML = "application/yaml"
SUFFIXES = (".yaml", ".yml", ".json")


def spec_body(spec: Spec) -> tuple[bytes, str]:
    """The bytes to post and their media type; the service reads YAML itself.

    Text in one line that ends like a file's name is a path.

    Raises:
        OSError: the file cannot be read.
    """
    if isinstance(spec, Mapping):
        return json.dumps(spec).encode(), JSON
    if isinstance(spec, str) and not ("\n" not in spec and spec.endswith(SUFFIXES)):
        return spec.encode(), JSON if spec.lstrip().startswith("{") else YAML
    path = Path(spec)
    return path.read_bytes(), JSON if path.suffix == ".json" else YAML
