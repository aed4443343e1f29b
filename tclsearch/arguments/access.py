"""`token`, `team` and `audit`."""

from tclsearch.arguments.common import Commands, add_client_command, add_reading_command

ROLES = ("viewer", "editor", "admin")
OWN_TEAM = "the team; by default the caller's own"
ROLE = "a viewer looks and downloads, an editor posts and steers, an admin gives access"


def add(commands: Commands) -> None:
    tokens = commands.add_parser("token", help="tokens, for administrators")
    actions = tokens.add_subparsers(required=True, metavar="ACTION")
    create = add_client_command(actions, "create", "access", "create_token", "make a token")
    create.add_argument("name", metavar="NAME", help="who or what it is for")
    create.add_argument("--team", help=OWN_TEAM)
    create.add_argument("--role", choices=ROLES, default="viewer", help=ROLE)
    create.add_argument("--member", help="whose it is: it ends with them")
    create.add_argument(
        "--scope",
        action="append",
        choices=("read", "download", "jobs", "device", "access"),
        help="what it may be used for, may be repeated; by default all that its role may",
    )
    create.add_argument(
        "--expires",
        "--expires-at",
        dest="expires_at",
        metavar="TIME",
        help="as in 2027-01-31T12:00:00Z",
    )
    add_reading_command(actions, "list", "access", "list_tokens", "list tokens, newest first")
    revoke = add_client_command(actions, "revoke", "access", "revoke_token", "end a token at once")
    revoke.add_argument("token_id", metavar="TOKEN_ID", help="as `token list` shows it")
    _add_team_commands(commands)
    audit = add_reading_command(commands, "audit", "access", "list_audit", "show who changed what")
    audit.add_argument("--action", help="as in job.cancel")
    audit.add_argument("--actor", help="who did it")
    audit.add_argument("--object", help="id or name of what it was done to")
    audit.add_argument("--limit", type=int, default=50, help="how many, the latest")


def _add_team_commands(commands: Commands) -> None:
    teams = commands.add_parser("team", help="teams and their members, for administrators")
    actions = teams.add_subparsers(required=True, metavar="ACTION")
    create = add_client_command(actions, "create", "access", "create_team", "make a team")
    create.add_argument("name", metavar="TEAM", help="its name")
    add_reading_command(actions, "list", "access", "list_teams", "list teams, newest first")
    quotas = add_reading_command(
        actions, "quotas", "access", "change_quotas", "show or set a team's quotas"
    )
    quotas.add_argument("name", metavar="TEAM", help="whose")
    for quota in ("running-jobs", "slots", "queued-jobs", "stored-bytes", "retention-days"):
        quotas.add_argument(f"--{quota}", metavar="N", help="a number, or none")
    members = add_reading_command(
        actions, "members", "access", "list_members", "list members, newest first"
    )
    members.add_argument("--team", help=OWN_TEAM)
    for name, text in (
        ("add", "take a person into a team"),
        ("change", "give a member another role"),
        ("remove", "take a member out, whose tokens end with that"),
    ):
        member = add_client_command(actions, f"{name}-member", "access", f"{name}_member", text)
        member.add_argument("name", metavar="NAME", help="of the person")
        member.add_argument("--team", help=OWN_TEAM)
        if name == "add":
            member.add_argument("--role", choices=ROLES, default="viewer", help=ROLE)
        if name == "change":
            member.add_argument("--role", choices=ROLES, required=True, help=ROLE)
