from service.api.replies import Replies


def test_what_was_asked_for_longest_ago_makes_room():
    replies = Replies(max_bytes=10)
    for etag in "abc":
        replies.put(etag, b"1234")
        assert replies.get("a") == b"1234"
    assert replies.get("b") is None
    assert replies.get("c") == b"1234"


def test_a_reply_that_fills_everything_is_not_kept():
    replies = Replies(max_bytes=10)
    replies.put("a", b"1234")
    replies.put("b", b"12345678901")
    assert (replies.get("a"), replies.get("b")) == (b"1234", None)


def test_what_is_put_twice_counts_once():
    replies = Replies(max_bytes=10)
    for _ in range(3):
        replies.put("a", b"1234")
    replies.put("b", b"123456")
    assert (replies.get("a"), replies.get("b")) == (b"1234", b"123456")
