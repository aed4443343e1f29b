"""Commands about the command line itself."""

import argparse

from tclsearch.arguments.common import Commands, add_command


def add(commands: Commands) -> None:
    completion = add_command(
        commands, "completion", "completion", "script",
        "print what makes a shell complete commands, options and job ids",
        'completion bash > ~/.local/share/bash-completion/completions/tclsearch\n'
        'completion zsh > "${fpath[1]}/_tclsearch"\n'
        "completion fish > ~/.config/fish/completions/tclsearch.fish",
    )  # fmt: skip
    completion.add_argument("shell", choices=("bash", "zsh", "fish"), help="which one")
    # For those scripts alone; without a help text it is not listed.
    complete = commands.add_parser("_complete")
    complete.set_defaults(module="completion", function="complete")
    complete.add_argument("words", nargs=argparse.REMAINDER)
