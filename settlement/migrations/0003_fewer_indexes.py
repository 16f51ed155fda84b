"""A settled row is written to fewer indexes; both batch functions sort in memory."""

import django.db.models.deletion
from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_batches_in_memory'),
        ('settlement', '0002_guards'),
    ]

    operations = [
        install("settlement", "post.sql"),
        migrations.AlterField(
            model_name='settlement',
            name='escrow',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
        migrations.AlterField(
            model_name='settlement',
            name='holdback',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account'),
        ),
    ]
