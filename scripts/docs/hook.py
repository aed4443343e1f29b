"""What the site shows otherwise than the pages say, for it loads no script from elsewhere."""

import re
from pathlib import PurePosixPath
from typing import Any

PICTURES = {"Jobs": "job-states.svg", "Trials": "trial-states.svg"}
_DIAGRAM = re.compile(
    r"^### (Jobs|Trials)\n\n```mermaid\nstateDiagram-v2\n.*?```$", re.MULTILINE | re.DOTALL
)


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The pictures of the states in place of the diagrams that other readers draw themselves."""
    up = "../" * (len(PurePosixPath(page.file.src_uri).parts) - 1)

    def picture(found: re.Match[str]) -> str:
        heading = found[1]
        return (
            f"### {heading}\n\n![States of {heading.lower()}]({up}images/{PICTURES[heading]})\n\n"
            f"[Each move in words]({up}reference/lifecycle.md#{heading.lower()})"
        )

    return _DIAGRAM.sub(picture, markdown)
