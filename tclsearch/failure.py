"""How a command says that it could not do its work."""


class CommandFailed(RuntimeError):
    """Ends the command with `status`; the message goes to stderr."""

    status = 1
