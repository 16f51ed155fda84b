"""Gives each version its way of circulation; price, sale and what may be opened are asked by the database too."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0014_objection_escalation'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.AddField(
            model_name='listingversion',
            name='circulation',
            field=models.CharField(choices=[('open', '开放'), ('share', '共享'), ('exchange', '交换'), ('trade', '交易')], default='trade', help_text='how it circulates here: what else it must be follows from its cell (R43)', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='listingversion',
            constraint=models.CheckConstraint(condition=models.Q(('circulation__in', ['open', 'share', 'exchange', 'trade'])), name='version_circulation_known'),
        ),
        migrations.AddConstraint(
            model_name='listingversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'discarded']), ('circulation', 'trade'), models.Q(('circulation__in', ['open', 'share']), ('price_fen', 0), ('price_fen__isnull', False), ('sale_mode', 'fixed')), models.Q(('circulation', 'exchange'), ('price_fen__isnull', True), ('sale_mode', 'negotiated')), _connector='OR'), name='version_circulation_money'),
        ),
        install("listings", "circulation.sql"),
        install("listings", "tradable.sql"),
    ]
