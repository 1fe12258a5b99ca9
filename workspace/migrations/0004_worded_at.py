"""When the words of a card last changed, so that a translation knows whether it is older."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workspace', '0003_cards'),
    ]

    operations = [
        migrations.AddField(
            model_name='seat',
            name='worded_at',
            field=models.DateTimeField(null=True),
        ),
    ]
