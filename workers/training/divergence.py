"""The fault of a training that has a reason of its own; apart, since who records it needs no torch."""


class NonFiniteLoss(ArithmeticError):
    """The loss, or a logit, is NaN or infinite."""
