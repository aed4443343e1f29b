"""Trials or a front's models as one table in a file."""

from pathlib import Path

from tclsearch.sinks.gather import whole_file
from tclsearch_client import Client
from tclsearch_client.frames import front_frame, trials_frame


def write_table(client: Client, job_id: str, file: Path, form: str, *, front: bool) -> int:
    """Write a table as `csv` or `parquet`; how many rows it has."""
    frame = front_frame(client.front(job_id)) if front else trials_frame(client.trials(job_id))
    with whole_file(file) as temporary:
        if form == "csv":
            frame.to_csv(temporary)
        else:
            # A column of truths of which some are missing has no type of its own before.
            frame.convert_dtypes().to_parquet(temporary)
    return len(frame)
