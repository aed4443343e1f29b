"""What can be wrong with a data set on this machine."""


class DatasetError(Exception):
    """A data set cannot be brought or read; the message says what to do."""


class DatasetMissing(DatasetError):
    """The data set has not been brought onto this machine."""


class DatasetCorrupt(DatasetError):
    """The bytes are not the ones expected."""
