"""`signinlink` prints one path for one person, or says in one line why not."""

import pytest
from django.utils import timezone

from tests.agendas.casefile.files import run
from workspace.people.changes import LINK_LIFETIME, link_is_good
from workspace.people.models import Person, SignInLink, TaskForce

pytestmark = pytest.mark.django_db


def person(task_force: str, **more: object) -> Person:
    force = TaskForce.objects.create(
        key=task_force, name="A", time_zone="UTC", language="en", anchor=timezone.now()
    )
    return Person.objects.create(
        task_force=force, key="dana", name="Dana", language="en", email="dana@example.org", **more
    )


@pytest.mark.parametrize("word", ["dana", "dana@example.org", "Dana@Example.org"])
def test_a_key_or_an_address_gives_the_path_of_a_link(word: str) -> None:
    dana = person("harbor")
    outcome = run("signinlink", word)
    assert (outcome.status, outcome.err) == (0, "")
    _, first, token, last = outcome.out.strip().split("/")
    assert (first, last) == ("sign-in", "")
    assert link_is_good(token)
    link = SignInLink.objects.get(person=dana)
    assert timezone.now() < link.expires <= timezone.now() + LINK_LIFETIME
    assert token not in link.token_hash


def test_the_task_force_is_asked_for_when_two_know_the_name() -> None:
    person("harbor")
    other = person("other")
    assert "--task-force KEY" in run("signinlink", "dana").err
    assert run("signinlink", "dana", task_force="other").status == 0
    assert SignInLink.objects.get().person == other


def test_nobody_and_whoever_is_not_active_get_no_link() -> None:
    person("harbor", is_active=False)
    for word in ("nobody", "dana"):
        outcome = run("signinlink", word)
        assert (outcome.status, outcome.out) == (2, "")
        assert repr(word) in outcome.err
    assert not SignInLink.objects.exists()
