"""The one clock of the ledger: PostgreSQL's, the same for every process of the hub."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The moment itself, inside a long transaction too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
