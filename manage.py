#!/usr/bin/env python
"""Django's command line for SlackHub."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "slackhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(
            f"The database does not answer: {error}\n"
            "Is DATABASE_URL set? manage.py does not read .env: `set -a; . ./.env; set +a` first."
        )


if __name__ == "__main__":
    main()
