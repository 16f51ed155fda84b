"""A report says whether something was shared, exchanged or traded; a lot is of what is traded only."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('listings', '0015_circulation'),
        ('trading', '0005_succession'),
    ]

    operations = [
        migrations.AddField(
            model_name='tradereport',
            name='mode',
            field=models.CharField(choices=[('open', '开放'), ('share', '共享'), ('exchange', '交换'), ('trade', '交易')], default='trade', help_text='shared, exchanged or traded', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='tradereport',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['exchange', 'trade']), models.Q(('mode', 'share'), ('price_fen', 0)), _connector='OR'), name='report_mode_and_money'),
        ),
        install("trading", "circulation.sql"),
    ]
