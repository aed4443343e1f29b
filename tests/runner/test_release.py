"""A runner and its trials are one program, whatever is installed on which node."""

import pytest

from workers.release import OtherRelease, release, require_release


def test_a_process_of_another_release_says_which_and_what_to_do() -> None:
    require_release(release())
    with pytest.raises(OtherRelease, match="install the same on every node") as refused:
        require_release("0.0.9+0123456789ab")
    assert release() in str(refused.value)
    assert "0.0.9+0123456789ab" in str(refused.value)
