"""What is known to have been earned with a leak: from 5,000 yuan on it makes the sale serious by itself."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0011_clean_rooms'),
    ]

    operations = [
        migrations.AddField(
            model_name='leakcheck',
            name='gain_fen',
            field=models.BigIntegerField(default=0, help_text='what is known to have been earned with it'),
        ),
    ]
