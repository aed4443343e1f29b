import threading
from collections.abc import Callable

import pytest

from service.protocol import Orders, Record, RecordsReply
from tests.runner.builders import LATENCY, orders, report
from workers.search.recorder import Recorder, RecordingStopped

WAIT = 10.0


class Store:
    """Stores batches when it is let, or refuses them."""

    def __init__(self) -> None:
        self.batches: list[tuple[Record, ...]] = []
        self.open = threading.Event()
        self.refusal: Exception | None = None

    def send(self, batch: tuple[Record, ...]) -> RecordsReply:
        assert self.open.wait(WAIT)
        if self.refusal is not None:
            raise self.refusal
        self.batches.append(batch)
        return RecordsReply(orders=orders(slots=len(batch)), latencies={7: LATENCY})

    @property
    def records(self) -> list[Record]:
        return [record for batch in self.batches for record in batch]


def recorder_to(
    store: Store,
    on_orders: Callable[[Orders], None] = lambda _: None,
    on_failure: Callable[[Exception], None] = lambda _: None,
) -> Recorder:
    return Recorder(store.send, on_orders, on_failure)


def test_records_are_stored_in_order_and_in_batches() -> None:
    store = Store()
    recorder = recorder_to(store)
    recorder.add(report(0, 1, 0.1))
    for epoch in range(2, 50):
        recorder.add(report(0, epoch, 0.1))
    store.open.set()
    recorder.flush()

    assert [r.training_epoch for r in store.records if r.kind == "report"] == list(range(1, 50))
    assert len(store.batches) <= 2, "what waited went together"
    recorder.close()


def test_flush_waits_until_everything_before_it_is_stored() -> None:
    store = Store()
    recorder = recorder_to(store)
    recorder.add(report(0, 1, 0.1))
    flushed = threading.Event()
    waiting = threading.Thread(target=lambda: (recorder.flush(), flushed.set()))
    waiting.start()
    assert not flushed.is_set()

    store.open.set()
    assert flushed.wait(WAIT)
    assert len(store.records) == 1
    recorder.close()
    waiting.join()


def test_replies_bring_orders_and_latencies() -> None:
    store, heard = Store(), []
    store.open.set()
    recorder = recorder_to(store, on_orders=heard.append)
    recorder.add(report(0, 1, 0.1))
    recorder.close()

    assert [o.slots for o in heard] == [1]
    assert recorder.latency_of(7) == LATENCY
    assert recorder.latency_of(7) is None


def test_closing_stores_what_waits_and_takes_no_more() -> None:
    store = Store()
    recorder = recorder_to(store)
    recorder.add(report(0, 1, 0.1))
    store.open.set()
    recorder.close()

    assert len(store.records) == 1
    with pytest.raises(RecordingStopped):
        recorder.add(report(0, 2, 0.1))


def test_a_refusal_is_told_once_and_wakes_whoever_waits() -> None:
    store, told = Store(), []
    store.refusal = RuntimeError("stale")
    recorder = recorder_to(store, on_failure=told.append)
    recorder.add(report(0, 1, 0.1))
    store.open.set()

    with pytest.raises(RecordingStopped):
        recorder.flush()
    with pytest.raises(RecordingStopped):
        recorder.add(report(0, 2, 0.1))
    recorder.close()
    assert told == [store.refusal]
