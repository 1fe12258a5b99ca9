"""What was promised: which writes were acknowledged, and whose eyes each word may meet. It asks the second reading of
the policy, never the product."""

import re
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from django.utils import timezone

from agendas.casefile.form import filled, moved
from tests.casting import (
    CARE,
    CLIENT,
    CLINICIANS,
    EVERYONE,
    JUSTICE_WITH_HER,
    MANAGEMENT,
    Words,
    planted,
)
from tests.faults.running import Running
from tests.oracle import Oracle, RowFacts, allowed, release_allowed

WORD = re.compile(r"\bw[a-z0-9]{15}\b")
AUDIENCES = {
    "me": [],
    "management": MANAGEMENT,
    "care": CARE,
    "clinicians": CLINICIANS,
    "attorney": CLIENT,
    "justice": JUSTICE_WITH_HER,
    "everyone": EVERYONE,
}


@dataclass(frozen=True)
class Choice:
    """Who writes, about what, for whom."""

    person: str
    seat: str
    topic: str
    audience: str


CHOICES = [
    Choice("p-cm", "cm", "medical", "everyone"),
    Choice("p-survivor", "sv", "safety", "me"),
    Choice("p-law", "law", "privileged", "attorney"),
    Choice("p-det", "det", "criminal_case", "justice"),
    Choice("p-ther", "ther", "mental_health", "clinicians"),
    Choice("p-sup", "sup", "advocacy", "management"),
    Choice("p-prov", "prov", "employment", "care"),
    Choice("p-next-adv", "next-adv", "coordination", "everyone"),
]


@lru_cache(maxsize=512)
def words_in(html: str) -> frozenset[str]:
    """The planted and written words of a frame or a page."""
    return frozenset(WORD.findall(html))


@dataclass
class Ledger:
    """`kept`: words of acknowledged notes and releases; `withdrawn`: of releases whose withdrawal was acknowledged;
    `may_be_current`: items that the next look may find to be current."""

    notes: dict[str, Choice] = field(default_factory=dict)
    releases: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    may_be_current: set[str] = field(default_factory=lambda: {"wide"})
    is_open: bool = False

    def __post_init__(self) -> None:
        self._word = Words(1_000_003)
        self._at = timezone.now()
        document = moved(filled(planted()), self._at)
        # With the release that is recorded and withdrawn again and again, and without.
        day = timedelta(days=1)
        opened = {"agency": "police", "topics": ["medical"], "purpose": "", "withdrawn_at": None}
        opened |= {"starts": (self._at - day).isoformat(), "expires": (self._at + day).isoformat()}
        wider = deepcopy(document)
        wider["cases"][0]["releases"].append(opened)
        self._states = [Oracle(document), Oracle(wider)]
        self._planted = self._states[0].all_words()
        agenda = next(
            n for n, meeting in enumerate(document["cases"][0]["conferences"]) if meeting["key"] == "now"
        )
        self._item = self._states[0].row(f"/cases/0/conferences/{agenda}/agenda/0")
        self._answers: dict[tuple[str, bool], set[str]] = {}

    def new(self, choice: Choice) -> str:
        """The word of a note that is about to be sent."""
        word = self._word()
        self.notes[word] = choice
        return word

    def new_release(self) -> str:
        """The purpose of a release that is about to be recorded; from now on its topic may be read."""
        self.is_open = True
        self.releases.append(self._word())
        return self.releases[-1]

    def forbidden(self, person: str, html: str) -> set[str]:
        """The words that this person may not have got, whichever way the release stood since `judged`."""
        return {word for word in words_in(html) if self._is_ours(word) and not self._may_read(person, word)}

    def judged(self) -> None:
        """All that came so far has been looked at, and every page is up to date."""
        self.is_open = not self.withdrawn.issuperset(self.releases)

    def _is_ours(self, word: str) -> bool:
        return word in self._planted or word in self.notes or word in self.releases

    def _may_read(self, person: str, word: str) -> bool:
        return any(self._reads(person, word, wider) for wider in {False, self.is_open})

    def _reads(self, person: str, word: str, wider: bool) -> bool:
        known = self._answers.get((person, wider))
        oracle = self._states[wider]
        if known is None:
            known = self._answers[person, wider] = oracle.words(person, self._at)
        if word in self._planted:
            return word in known
        case = oracle.case("alder")
        seats = [seat for case_key, seat in oracle.seats_of(person, self._at) if case_key == "alder"]
        if word in self.releases:
            return any(release_allowed(case, seat, case.releases[-1], self._at) for seat in seats)
        choice = self.notes[word]
        row = RowFacts(
            case="alder",
            topic=choice.topic,
            author=choice.seat,
            origin=case.seats[choice.seat].agency,
            audience=frozenset(AUDIENCES[choice.audience]),
            parent=self._item,
        )
        return any(allowed(case, seat, row, self._at) for seat in seats)

    async def check(self, running: Running) -> None:
        """Every acknowledged write is there exactly once, every other one at most once."""
        found = await running.ask("SELECT split_part(text, ' ', 1), count(*) FROM agendas_note GROUP BY 1")
        found += await running.ask("SELECT purpose, count(*) FROM workspace_release GROUP BY 1")
        times = {str(word).strip(): number for word, number in found}
        lost = [word for word in self.kept if times.get(word) != 1]
        assert not lost, (
            f"acknowledged and not there exactly once: {[(word, times.get(word)) for word in lost]}"
        )
        doubled = [word for word in (*self.notes, *self.releases) if times.get(word, 0) > 1]
        assert not doubled, f"there more than once: {doubled}"
        ended = await running.ask(
            "SELECT purpose FROM workspace_release WHERE purpose = ANY(%s) AND withdrawn_at IS NOT NULL",
            self.releases,
        )
        assert {purpose for (purpose,) in ended} >= self.withdrawn, (
            "a withdrawal that was acknowledged is gone"
        )
        await self._check_record(running)
        await self._check_current(running)

    async def _check_record(self, running: Running) -> None:
        twice = await running.ask(
            "SELECT verb, mark_id FROM workspace_event WHERE verb = 'note_added' GROUP BY 1, 2 HAVING count(*) > 1"
        )
        assert not twice, f"one note was recorded as written twice: {twice}"
        ((said, done),) = await running.ask(
            "SELECT (SELECT count(*) FROM workspace_event WHERE verb = 'release_withdrawn'),"
            " (SELECT count(*) FROM workspace_release WHERE purpose = ANY(%s) AND withdrawn_at IS NOT NULL)",
            self.releases,
        )
        assert said == done, f"{done} releases were withdrawn, {said} withdrawals recorded"

    async def _check_current(self, running: Running) -> None:
        items = running.house.facts["items"]
        places = {
            place: name.rsplit("/", 1)[1] for name, place in items.items() if name.startswith("alder/now/")
        }
        ((place,),) = await running.ask(
            "SELECT public_id FROM agendas_agendaitem JOIN workspace_mark ON id = mark_id"
            " WHERE public_id = ANY(%s) ORDER BY turn DESC NULLS LAST LIMIT 1",
            list(places),
        )
        assert places[place] in self.may_be_current, (
            f"{places[place]} is current, pressed was {self.may_be_current}"
        )
        self.may_be_current = {places[place]}
