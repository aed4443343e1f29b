"""`device`: machines that measure models for the jobs of a team."""

from tclsearch.arguments.common import (
    DEFAULT_URL,
    Commands,
    add_command,
    add_reading_command,
    environment_default,
)


def add(commands: Commands) -> None:
    devices = commands.add_parser("device", help="devices that measure latency")
    actions = devices.add_subparsers(required=True, metavar="ACTION")
    agent = add_command(
        actions,
        "agent",
        "device",
        "agent",
        "measure models on this machine for the jobs of a team",
        "device agent --url http://server:8080 --profile raspberry-pi-4",
    )
    agent.add_argument(
        "--url", default=environment_default("url", DEFAULT_URL), help="of the service"
    )
    agent.add_argument(
        "--token",
        default=environment_default("token"),
        help="of role editor; scope device is enough",
    )
    agent.add_argument("--profile", required=True, help="as in a spec's latency.profile")
    add_reading_command(actions, "list", "device", "list_devices", "list the team's devices")
