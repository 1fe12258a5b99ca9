"""Who might hear what is read aloud at the end of a conference: whoever is let in later is not told of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conferences", "0007_whether_there_was_something_to_read_aloud")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="heard",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
