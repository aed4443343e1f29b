"""Writes the generated pages of the documentation: `python -m scripts.docs`."""

from scripts.docs.pages import DOCS, GENERATED

for name, make in GENERATED.items():
    path = DOCS / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(make())
