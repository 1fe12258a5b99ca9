"""Releases as one viewer sees them, and the page on which they are recorded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from django.utils.translation import get_language_info

from workspace.disclosure import policy
from workspace.disclosure.labels import TOPICS
from workspace.disclosure.models import Case, Release
from workspace.disclosure.policy import Lens
from workspace.disclosure.sealed import TiedRows
from workspace.live.panels import Asked, Lines, Page, Shown, Viewer, value

# Read along with a case.
RELEASES = TiedRows(
    Release,
    "case",
    *("pk", "agency_id", "topics", "starts", "expires", "withdrawn_at"),
    *("public_id", "agency__name", "purpose", "explained_in"),
).of("pk")


class Given(NamedTuple):
    """A release, not looked at yet: what the policy asks of it first."""

    case_id: int
    agency_id: int
    topics: int
    starts: datetime
    expires: datetime
    withdrawn_at: datetime | None
    public_id: str
    agency__name: str
    purpose: str
    explained_in: str


@value
class ReleaseRow:
    """One release. `state`: active, to come, over or withdrawn."""

    template: ClassVar[str] = "conferences/releases/_release.html"
    id: str
    agency: str
    topics: int
    purpose: str
    starts: datetime
    expires: datetime
    withdrawn_at: datetime | None
    explained_in: str
    state: str
    withdrawal_url: str

    @property
    def language_label(self) -> str:
        """The language it was explained in, by its name where this house knows it."""
        try:
            return str(get_language_info(self.explained_in.split("-")[0])["name_translated"])
        except KeyError:
            return self.explained_in

    @property
    def topics_label(self) -> str:
        """What may be shared, in words."""
        return ", ".join(str(TOPICS[topic]) for topic in policy.topics_of(self.topics))


@value
class ReleasesPanel:
    """What the survivor allowed to be shared, with whom, until when."""

    id: ClassVar[str] = "releases"
    template: ClassVar[str] = "conferences/releases/_releases.html"
    rows: Lines
    yours: bool


@dataclass(frozen=True)
class Loaded:
    """Cases by public id, with their releases."""

    at: datetime
    cases: Mapping[str, Any]


def releases_of(case: int, text: str | None) -> tuple[Given, ...]:
    """The releases of a case, as `RELEASES` reads them, in the order in which they expire."""
    found = (
        Given._make((case, agency, topics, *map(TiedRows.instant_of, told[:3]), *told[3:]))
        for _, agency, topics, *told in TiedRows.read(text)
    )
    return tuple(sorted(found, key=lambda release: release.expires))


def load_releases(cases: Iterable[int]) -> Mapping[int, tuple[Given, ...]]:
    """The releases of these cases, by case, in one query."""
    found = Case.objects.filter(pk__in=cases).values_list("pk", RELEASES)
    return {case: releases_of(case, text) for case, text in found}


def releases(rows: Iterable[Any], lens: Lens, at: datetime) -> ReleasesPanel:
    """The releases that this lens sees."""
    may_withdraw = policy.may_withdraw_release(lens)
    seen = []
    for row in rows:
        release = policy.Release(*row[:6])
        if policy.sees_release(lens, release, at):
            open_still = (row.withdrawn_at is None or row.withdrawn_at > at) and row.expires > at
            url = f"/releases/{row.public_id}/withdrawal/" if may_withdraw and open_still else ""
            seen.append(
                ReleaseRow(
                    id=row.public_id,
                    agency=row.agency__name,
                    topics=row.topics,
                    purpose=row.purpose,
                    starts=row.starts,
                    expires=row.expires,
                    withdrawn_at=row.withdrawn_at,
                    explained_in=row.explained_in,
                    state=_state(release, at),
                    withdrawal_url=url,
                )
            )
    order = ("active", "to_come", "withdrawn", "over")
    return ReleasesPanel(
        Lines(sorted(seen, key=lambda row: order.index(row.state))), yours=lens.role is policy.Role.SURVIVOR
    )


def _state(release: policy.Release, at: datetime) -> str:
    if release.withdrawn_at is not None and release.withdrawn_at <= at:
        return "withdrawn"
    if release.expires <= at:
        return "over"
    return "active" if release.starts <= at else "to_come"


def load(asked: Asked) -> Loaded:
    """The releases of these cases."""
    found = Case.objects.annotate(releases=RELEASES).filter(public_id__in=asked.scopes)
    return Loaded(asked.at, {case.public_id: case for case in found})


def view(loaded: Loaded, viewer: Viewer) -> Shown | None:
    """The page as one viewer sees it."""
    case = loaded.cases.get(viewer.scope)
    if case is None or case.pk not in viewer.sight:
        return None
    panel = releases(releases_of(case.pk, case.releases), viewer.sight[case.pk], loaded.at)
    return Shown((panel,), case=case.pk)


PAGE = Page("releases", load, view)
