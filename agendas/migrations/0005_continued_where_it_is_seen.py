from django.db import migrations


class Migration(migrations.Migration):
    """Whoever cannot see that an item was taken up again may take it up too, and does not learn of it."""

    dependencies = [
        ('agendas', '0004_proposals_and_versions'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='agendaitem',
            name='item_is_continued_once',
        ),
    ]
