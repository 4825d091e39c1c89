from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teams.rotation import rotate


class Command(BaseCommand):
    help = (
        "Encrypt every stored secret with the first key of FIELD_ENCRYPTION_KEYS. "
        "Afterwards the other keys can be taken off the list."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        lost = []
        for column in rotate():
            self.stdout.write(
                f"{column.column}: {column.rotated} rotated, {column.current} were current"
            )
            lost += [f"{column.column} of row {pk}" for pk in column.undecryptable]
        if lost:
            raise CommandError(
                "No key of the list fits these; put the key that encrypted them back and run "
                f"this again: {', '.join(lost)}."
            )
