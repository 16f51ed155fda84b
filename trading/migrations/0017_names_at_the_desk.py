"""What the desk calls bargains, requests and quotes."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('trading', '0016_challenges'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='negotiation',
            options={'verbose_name': '议价', 'verbose_name_plural': '议价'},
        ),
        migrations.AlterModelOptions(
            name='quote',
            options={'verbose_name': '报价', 'verbose_name_plural': '报价'},
        ),
        migrations.AlterModelOptions(
            name='rfq',
            options={'verbose_name': '询价', 'verbose_name_plural': '询价'},
        ),
    ]
