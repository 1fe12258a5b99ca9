"""Who has a picture on their card, and the picture, for whoever sees the seat while it is held."""

from typing import Any

from conferences.pictures.models import PICTURE, Picture
from conferences.roles.panels import Readers, Team
from workspace.disclosure.lens import open_rows, read_sights, seats_that_see, sight_of
from workspace.disclosure.models import Seat
from workspace.live.panels import digest, one_moment, value


@value
class Face:
    """One's own picture, where there is one, and who sees it: those who can see the seat. `names`: of those among them
    whom its holder sees."""

    id: str
    case_url: str
    url: str
    readers: Readers
    names: tuple[str, ...]


def picture_url(seat: Any) -> str:
    """Where the picture of an opened seat, which comes with `PICTURE`, is, or nothing. The address is another for
    another picture, so that none stands on a page that was taken off."""
    return f"/seats/{seat.public_id}/picture/?{digest(seat.picture)}" if seat.picture else ""


def picture(person: int, seat: str) -> bytes | None:
    """The picture on a card, for somebody who sees the seat now; None: there is nothing here. Whoever has left the team
    could take theirs off no more, so it goes with them."""
    with one_moment() as at:
        opened = open_rows(sight_of(person, at), Seat.objects.sealed(mark__public_id=seat))
        held = [row.mark_id for row in opened if row.until is None or at < row.until]
        found = Picture.objects.filter(seat__in=held).values_list("image")
        return next((bytes(image) for (image,) in found), None)


def own_face(person: int, seat: str) -> Face | None:
    """The picture on one's own card, and who sees it; None: there is nothing here."""
    with one_moment() as at:
        sights = read_sights([person], at)
        sight = sights.of[person]
        opened = open_rows(sight, Seat.objects.sealed(None, PICTURE, mark__public_id=seat))
        if not opened:
            return None
        [row] = opened
        team = Team.of(open_rows(sight, Seat.objects.sealed(case=row.case_id)))
        others = set(seats_that_see(row.row, sights.seated[row.case_id].values())) - {row.mark_id}
        return Face(
            row.public_id,
            f"/cases/{row.case_public_id}/",
            picture_url(row),
            team.readers(row),
            tuple(each.name for number, each in team.seats.items() if number in others),
        )
