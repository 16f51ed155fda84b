"""Names are compared by the whole table of letters drawn like others: the skeletons on file are written anew, letter for letter.

An organisation whose new skeleton another one holds keeps its former one; the next look-alike is refused by the other's.
"""

from django.db import migrations

from evidence.guards import sql

#: The letters that were not looked at before, and what they are taken for, as they stood when this was written.
DRAWN, TAKEN_FOR = (
    "ạɑьᖯᴄɗժҽғϝƒքɡցհɩϳյқӏϻᴍηпոռσօգгᴦʂսᴠωшաүγᴢʐᎪᏴᏟᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᏚᎢᏙᎳᏃロエニカタトハチミ",
    "aabbcddeffffgghljjklmmnnnnooqrrsuvwwwyyzzabcdeghljklmprstvwz口工二力夕卜八千三",
)
REWRITTEN = f"""
DO $$
DECLARE
    one RECORD;
BEGIN
    FOR one IN SELECT id, translate(name_key, '{DRAWN}', '{TAKEN_FOR}') AS skeleton FROM participants_organization
               WHERE translate(name_key, '{DRAWN}', '{TAKEN_FOR}') <> name_key ORDER BY id LOOP
        BEGIN
            UPDATE participants_organization SET name_key = one.skeleton WHERE id = one.id;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [("participants", "0001_house")]

    operations = [sql(REWRITTEN)]
