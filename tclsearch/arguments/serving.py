"""`serve` and `dispatch`."""

from pathlib import Path

from tclsearch.arguments.common import (
    DEFAULT_URL,
    Commands,
    add_command,
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
    serve.add_argument("--host", default=environment_default("host", "127.0.0.1"))
    serve.add_argument("--port", type=int, default=environment_default("port", "8080"))
    serve.add_argument("--data-dir", type=Path, default=default_data_dir())
    serve.add_argument("--database-url", default=environment_default("database-url"))
    serve.add_argument("--ray-address", default=environment_default("ray-address"))
    serve.add_argument(
        "--no-dispatcher",
        action="store_true",
        default=bool(environment_default("no-dispatcher")),
        help="serve the API alone; dispatchers run elsewhere",
    )
    dispatch = add_command(commands, "dispatch", "serve", "dispatch", "run a dispatcher alone")
    dispatch.add_argument("--url", default=environment_default("url", DEFAULT_URL))
    dispatch.add_argument("--token", default=environment_default("token"))
    dispatch.add_argument("--data-dir", type=Path, default=default_data_dir())
    dispatch.add_argument("--ray-address", default=environment_default("ray-address"))
