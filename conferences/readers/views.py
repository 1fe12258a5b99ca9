"""How a form with readers is answered, whatever is written with it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse

from conferences.readers.changes import Choice
from conferences.readers.forms import ReadersForm
from conferences.readers.writing import Desk
from workspace.disclosure.changes import NotAllowedError, RefusedError, StaleError
from workspace.disclosure.refusals import SENTENCES
from workspace.errors import answer
from workspace.live.answers import form_again, sent_on


def keep(
    request: HttpRequest,
    desk: Desk,
    form: ReadersForm,
    write: Callable[[Choice], None],
    *,
    url: str | Callable[[], str],
    template: str,
    whole: str,
    done: Callable[[], HttpResponse] | None = None,
) -> HttpResponse:
    """Write it, once its writer was shown who will read it, and go on to `url`, which may be asked for only then; else
    the form once more, with what was typed and what is wrong with it. `template`: the form; `whole`: the page it
    stands on. `done`: the answer instead, where it does not lead on."""
    choice, status = desk.agreed(form), 422
    if choice:
        try:
            write(choice)
        except RefusedError as refused:
            for refusal in refused.refusals:
                form.add_error(None, SENTENCES[refusal])
        except LookupError:
            raise Http404 from None
        except NotAllowedError as refused:
            return answer(request, 403, refused.sentence)
        except StaleError as stale:
            form.add_error(None, str(stale.sentence))
            form.renew()
            desk, status = desk.afresh(), 409
        else:
            return done() if done else sent_on(request, url if isinstance(url, str) else url())
    return form_again(request, template, whole, desk.context(form), status=status)
