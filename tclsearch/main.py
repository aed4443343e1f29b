"""`tclsearch`: the command line. Parses arguments, then hands over to the command's module.

Exit status: 0 done, 1 the job or request failed (message on stderr), 2 usage.
"""

import importlib
import os
import sys
from collections.abc import Sequence

from tclsearch.arguments.parser import build_parser
from tclsearch.failure import CommandFailed


def main(argv: Sequence[str] | None = None) -> int:
    arguments = build_parser().parse_args(argv)
    module = importlib.import_module(f"tclsearch.commands.{arguments.module}")
    try:
        status = int(getattr(module, arguments.function)(arguments))
        sys.stdout.flush()
    except CommandFailed as error:
        print(f"tclsearch: {error}", file=sys.stderr)  # noqa: T201  a command's message to people
        return error.status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read has had enough (`| head`); what Python still holds must not be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    sys.exit(main())
