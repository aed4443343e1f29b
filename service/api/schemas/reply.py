"""What every reply of the public API is. Times are RFC 3339 in UTC; units are those of the spec."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Values = dict[str, int | float]
"""Metric to value: accuracy as a fraction, latency in milliseconds, counts as whole numbers."""
ObjectiveForm = str | dict[str, Any]


class Reply(BaseModel):
    model_config = ConfigDict(frozen=True)
