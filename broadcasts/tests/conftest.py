from datetime import datetime

import pytest

from broadcasts.clock import database_now


@pytest.fixture
def now(db: None) -> datetime:
    """The database's clock."""
    return database_now()
