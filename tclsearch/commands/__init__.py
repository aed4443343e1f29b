"""One module per group of commands, loaded only when used: most need neither torch nor a server."""
