"""`webhook`: addresses that are told of events."""

from tclsearch.arguments.common import Commands, add_client_command, add_reading_command


def add(commands: Commands) -> None:
    webhooks = commands.add_parser("webhook", help="webhooks, for administrators")
    actions = webhooks.add_subparsers(required=True, metavar="ACTION")
    create = add_client_command(actions, "create", "webhooks", "create", "tell a URL of events")
    create.add_argument("url_to_tell", metavar="URL", help="where the operator allows it")
    create.add_argument(
        "--event",
        action="append",
        choices=("job.state", "trial.state", "front.changed"),
        help="a kind of event to send, may be repeated; by default job.state",
    )
    add_reading_command(actions, "list", "webhooks", "list_all", "list webhooks, newest first")
    for name, text in (
        ("delete", "tell a URL no more"),
        ("test", "send one event that is made up"),
    ):
        action = add_client_command(actions, name, "webhooks", name, text)
        action.add_argument("webhook_id", metavar="WEBHOOK_ID", help="as `webhook list` shows it")
