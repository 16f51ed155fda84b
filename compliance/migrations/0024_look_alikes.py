"""The names of control lists are matched by the whole table of letters drawn like others: their skeletons are written anew.

The name itself, as published, stays; only what it is matched by follows the table, past the guard that keeps entries from changing.
"""

from django.db import migrations

from evidence.guards import sql

#: The letters that were not looked at before, and what they are taken for, as they stood when this was written.
DRAWN, TAKEN_FOR = (
    "ạɑьᖯᴄɗժҽғϝƒքɡցհɩϳյқӏϻᴍηпոռσօգгᴦʂսᴠωшաүγᴢʐᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃロエニカタトハチミ",
    "aabbcddeffffgghljjklmmnnnnooqrrsuvwwwyyzzabcdeghljklmprstvwz口工二力夕卜八千三",
)
REWRITTEN = f"""
ALTER TABLE compliance_controlentry DISABLE TRIGGER compliance_controlentry_append_only;
UPDATE compliance_controlentry SET name_key = translate(name_key, '{DRAWN}', '{TAKEN_FOR}')
    WHERE translate(name_key, '{DRAWN}', '{TAKEN_FOR}') <> name_key;
ALTER TABLE compliance_controlentry ENABLE TRIGGER compliance_controlentry_append_only;
"""


class Migration(migrations.Migration):

    dependencies = [("compliance", "0001_house"), ("participants", "0029_look_alikes")]

    operations = [sql(REWRITTEN)]
