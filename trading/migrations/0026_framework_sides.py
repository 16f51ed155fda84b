"""Who offered a framework: either side may, the other answers."""

from django.db import migrations, models

from evidence.guards import frozen_columns


class Migration(migrations.Migration):

    dependencies = [
        ('participants', '0019_taxstatement'),
        ('trading', '0025_trials'),
    ]

    operations = [
        migrations.AddField(
            model_name='framework',
            name='offered_by',
            field=models.CharField(choices=[('buyer', '买方'), ('seller', '卖方')], default='buyer', help_text='the other side answers', max_length=6),
        ),
        migrations.AddConstraint(
            model_name='framework',
            constraint=models.CheckConstraint(condition=models.Q(('offered_by__in', ['buyer', 'seller'])), name='framework_offered_by_known'),
        ),
        frozen_columns("trading_framework", "code", "venue_id", "seller_id", "buyer_id", "offered_by", "ceiling_fen", "note", "terms_hash",
                       "offered_at", "effective_to"),
    ]
