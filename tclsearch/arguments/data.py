"""`data`: data sets on this machine."""

from pathlib import Path

from tclsearch.arguments.common import Commands, add_command, default_data_dir


def add(commands: Commands) -> None:
    data = commands.add_parser("data", help="data sets on this machine")
    actions = data.add_subparsers(required=True, metavar="ACTION")
    listing = add_command(actions, "list", "data", "list_sets", "list the data sets")
    listing.add_argument("--json", action="store_true", help="the answer as one JSON document")
    fetch = add_command(actions, "fetch", "data", "fetch_set", "bring a data set here, verified")
    fetch.add_argument("name", metavar="NAME", help="as `data list` shows it")
    fetch.add_argument(
        "--source", type=Path, help="directory with the set's published files, instead of fetching"
    )
    register = add_command(actions, "register", "data", "register", "register a class folder")
    register.add_argument("name", metavar="NAME", help="by which specs name it")
    register.add_argument(
        "directory", type=Path, metavar="DIR", help="with a folder of pictures for each class"
    )
    register.add_argument(
        "--image-size", type=int, default=64, metavar="PIXELS", help="side of the squares"
    )
    for parser in (listing, fetch, register):
        parser.add_argument(
            "--data-dir", type=Path, default=default_data_dir(), help="where the data sets are"
        )
