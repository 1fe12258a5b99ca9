from django.db import migrations, models


def kept(apps, schema_editor):
    # Until now it was told by the meeting alone that stood beside it.
    entries = apps.get_model("agendas", "Entry").objects.filter(what="date_moved", after=None)
    entries.exclude(conference=None).update(by_next=True)


class Migration(migrations.Migration):

    dependencies = [
        ('agendas', '0012_calendar'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='by_next',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RunPython(kept, migrations.RunPython.noop),
    ]
