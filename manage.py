#!/usr/bin/env python
"""Django's command line for SlackHub."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db.utils import OperationalError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(_in_words(error))


def _in_words(error: Exception) -> str:
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    return (
        f"The database does not answer: {error}\n"
        "DATABASE_URL says where it is. By hand, load .env first: `set -a; . ./.env; set +a`."
    )


if __name__ == "__main__":
    main()
