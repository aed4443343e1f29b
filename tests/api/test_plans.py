"""Every statement finds what it asks for by an index, however many rows there come to be."""

from tests.api.served import Served
from tests.api.statements import full_scans, unmeasured, watched
from tests.api.whole_day import live_through


def test_no_statement_reads_a_growing_table_from_end_to_end(on_each: Served):
    engine = on_each.parts.database.engine
    with watched(engine) as statements:
        live_through(on_each)
    assert len(statements) > 50
    planner = unmeasured(engine)
    scans = {
        statement: tables
        for statement, parameters in statements.items()
        if (tables := full_scans(planner, statement, parameters))
    }
    assert scans == {}, "\n".join(f"{tables}: {statement}" for statement, tables in scans.items())
