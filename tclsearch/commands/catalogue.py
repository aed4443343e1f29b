"""What the service has, and who asks."""

import argparse

from tclsearch.connect import connected
from tclsearch.output import open_console, print_document, print_documents
from tclsearch.tables import print_clusters, print_datasets, print_me, print_queue


def queue(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.queue()
    if arguments.json:
        print_document(found)
    else:
        print_queue(open_console(), found)
    return 0


def cluster(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.clusters()
    if arguments.json:
        print_document(found)
    else:
        print_clusters(open_console(), found)
    return 0


def datasets(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.datasets()
    if arguments.json:
        print_documents(found)
    else:
        print_datasets(open_console(), found)
    return 0


def whoami(arguments: argparse.Namespace) -> int:
    with connected(arguments) as client:
        found = client.me()
    if arguments.json:
        print_document(found)
    else:
        print_me(open_console(), found)
    return 0
