"""Scientific data is offered at most at its transport cost and kept as long as was promised."""

from django.db import migrations, models

from evidence.guards import install


class Migration(migrations.Migration):

    dependencies = [
        ('evidence', '0002_subject_keys'),
        ('listings', '0016_corrections'),
        ('participants', '0008_admission_by_class'),
    ]

    operations = [
        migrations.AddField(
            model_name='listingversion',
            name='kept_until',
            field=models.DateField(blank=True, help_text='of scientific data: kept and offered until then at least', null=True),
        ),
        migrations.AddField(
            model_name='listingversion',
            name='scientific',
            field=models.BooleanField(default=False, help_text='scientific data: at most its transport cost, for everyone alike, kept (W11)'),
        ),
        migrations.AddField(
            model_name='listingversion',
            name='transport_fen',
            field=models.BigIntegerField(blank=True, help_text='of scientific data: what handing it over costs', null=True),
        ),
        migrations.AddConstraint(
            model_name='listingversion',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'discarded']), ('scientific', False), models.Q(('kept_until__isnull', False), ('price_fen__isnull', False), ('price_fen__lte', models.F('transport_fen')), ('quota__isnull', True), ('sale_mode', 'fixed'), ('transport_fen__isnull', False)), _connector='OR'), name='version_science_at_cost'),
        ),
        install("listings", "science.sql"),
    ]
