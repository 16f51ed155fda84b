"""The application role owns nothing."""

import pytest
from django.db import ProgrammingError, connection, transaction


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE participants_venue CASCADE",
        "ALTER TABLE participants_venue DISABLE TRIGGER ALL",
        "DROP TABLE participants_venue",
    ],
)
def test_the_application_role_cannot_truncate_alter_or_drop(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
