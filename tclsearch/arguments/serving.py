"""What runs a service, and what looks after its data."""

from pathlib import Path

from tclsearch.arguments.common import (
    DEFAULT_URL,
    Commands,
    add_command,
    add_database_url,
    add_ray_address,
    default_data_dir,
    environment_default,
)


def add(commands: Commands) -> None:
    serve = add_command(
        commands,
        "serve",
        "serve",
        "serve",
        "run control plane, dashboard and dispatcher",
        "serve\nserve --host 0.0.0.0 --database-url postgresql+psycopg://…",
    )
    serve.add_argument(
        "--host",
        default=environment_default("host", "127.0.0.1"),
        help="address to listen on; with another one, put a proxy with TLS in front",
    )
    serve.add_argument(
        "--port", type=int, default=environment_default("port", "8080"), help="port to listen on"
    )
    serve.add_argument(
        "--data-dir",
        type=Path,
        default=default_data_dir(),
        help="holds database, artifacts, data sets and the first tokens",
    )
    add_database_url(serve)
    add_ray_address(serve)
    serve.add_argument(
        "--no-dispatcher",
        action="store_true",
        default=bool(environment_default("no-dispatcher")),
        help="serve the API alone; dispatchers run elsewhere",
    )
    migrate = add_command(
        commands, "migrate", "serve", "migrate_database",
        "bring the database to this version's schema, as each start does",
    )  # fmt: skip
    migrate.add_argument(
        "--data-dir", type=Path, default=default_data_dir(), help="holds the embedded database"
    )
    add_database_url(migrate)
    _add_backup(commands)
    dispatch = add_command(commands, "dispatch", "serve", "dispatch", "run a dispatcher alone")
    dispatch.add_argument(
        "--url", default=environment_default("url", DEFAULT_URL), help="of the service"
    )
    dispatch.add_argument(
        "--token",
        default=environment_default("token"),
        help="the dispatcher's, from `dispatcher-token` in the service's data directory",
    )
    dispatch.add_argument(
        "--data-dir", type=Path, default=default_data_dir(), help="holds the data sets"
    )
    add_ray_address(dispatch)


def _add_backup(commands: Commands) -> None:
    backup = add_command(
        commands, "backup", "backup", "backup",
        "write all that a service knows to a new directory, while it runs",
        "backup /backup/monday",
    )  # fmt: skip
    backup.add_argument("directory", type=Path, metavar="DIR", help="is not there yet")
    restore = add_command(
        commands, "restore", "backup", "restore_backup",
        "fill an empty service with a backup, on either kind of database",
        "restore /backup/monday --data-dir ~/.tclsearch\n"
        "restore /backup/monday --database-url postgresql+psycopg://…",
    )  # fmt: skip
    restore.add_argument("directory", type=Path, metavar="DIR", help="that `backup` has written")
    for command in (backup, restore):
        command.add_argument(
            "--data-dir", type=Path, default=default_data_dir(), help="of the service"
        )
        add_database_url(command)
