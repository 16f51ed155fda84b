"""``manage.py migrate``: Django's own, after a look at where the database stands."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

__all__ = ["Command", "older_rooms"]

WORDS = (
    "这个数据库停在较早的版本：{rooms}。各室的旧迁移已并为一个文件，只能从并入前的最后状态接续。\n"
    "下一步：先用并入前的最后版本运行 manage.py migrate，再用本版本运行；没有要保留的数据时，make reset 后 make run 重建。\n"
    "This database stands at an earlier release: {rooms}. The rooms' earlier steps were made one file, and a database goes on from the "
    "last of them only.\n"
    "Next: run manage.py migrate of the last release that has them, then of this one; where nothing has to be kept, make reset and "
    "make run build it anew. Nothing was changed."
)


def older_rooms(applied: Iterable[tuple[str, str]]) -> dict[str, str]:
    """This will name, for each room that has some of its replaced steps and not all, the first that it lacks."""
    done, older, files = set(applied), {}, MigrationLoader(None, load=False)
    files.load_disk()
    for (room, _), migration in files.disk_migrations.items():
        lacking = sorted(one for one in migration.replaces if one not in done)
        if lacking and len(lacking) < len(migration.replaces):
            older[room] = lacking[0][1]
    return dict(sorted(older.items()))


class Command(Migrate):
    """Brings the database to the state of the code. A database older than the rooms' first files is refused. Example: manage.py migrate"""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> Any:
        # Django would pass over a room of which some steps were done, since the steps themselves are gone
        applied = MigrationRecorder(connections[options["database"]]).applied_migrations()
        if older := older_rooms(applied):
            raise CommandError(WORDS.format(rooms=", ".join(f"{room} ({first})" for room, first in older.items())))
        return super().handle(*args, **options)
