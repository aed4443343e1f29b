"""Commands about the deployment and the command line itself."""

import argparse

from tclsearch.arguments.common import (
    Commands,
    add_command,
    add_database_url,
    add_ray_address,
    add_reading_command,
)


def add(commands: Commands) -> None:
    _add_doctor(commands)
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


def _add_doctor(commands: Commands) -> None:
    doctor = add_reading_command(
        commands, "doctor", "doctor", "examine",
        "examine a deployment, and say what to put right and how",
        "doctor\n"
        "doctor --database-url postgresql://… --ray-address http://HEAD:8265\n"
        "doctor --url https://search.example.org --token tcl_…",
    )  # fmt: skip
    doctor.description = (
        "Examines the deployment on this machine: its settings, database, artifacts, data sets, "
        "and its cluster, from where runners run. With a token it asks the service at --url "
        "instead, as an administrator of team default. Ends with status 1 where something does "
        "not work."
    )
    add_database_url(doctor)
    add_ray_address(doctor)
