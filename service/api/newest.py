"""A log of which only the newest entry under each key is kept: what somebody missed, and no more."""

from collections import OrderedDict
from collections.abc import Sequence


class Newest:
    """Numbered entries, oldest first. Whoever comes late reads each key's last word once.

    most: keys that are kept; of those that were written longest ago it is forgotten that they were.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._entries: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._floor = 0
        self.number = 0
        """Of the last entry; 0 before there is one."""

    def put(self, key: str, entry: str) -> None:
        """Write the next entry, in place of the one that is there under the key."""
        self.number += 1
        self._entries.pop(key, None)
        self._entries[key] = (self.number, entry)
        if len(self._entries) > self._most:
            _, (self._floor, _) = self._entries.popitem(last=False)

    def forget(self) -> None:
        """Let nobody read on from what was before."""
        self.number += 1
        self._floor = self.number
        self._entries.clear()

    def since(self, number: int) -> Sequence[tuple[int, str]] | None:
        """The entries after the one of that number; None where not all of them are known."""
        if not self._floor <= number <= self.number:
            return None
        found = []
        for entry in reversed(self._entries.values()):
            if entry[0] <= number:
                break
            found.append(entry)
        return found[::-1]
