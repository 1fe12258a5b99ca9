"""The schema: what parts a case file has. Every fault is said in plain words, and none repeats what the file holds."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError as Error
from jsonschema.validators import extend

from agendas.casefile import times
from agendas.casefile.faults import Fault, Path, printable
from workspace.text import cleaned

SCHEMA = json.loads(File(__file__).with_name("schema.json").read_text(encoding="utf-8"))
LONGEST_EMAIL = 254
TYPES = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}
FORMATS = {
    "date-time": "be a date and time with an offset, such as 2026-11-23T09:20:00-05:00, "
    "from 1900-01-02 to 2999-12-30 in UTC",
    "date": "be a date, such as 2026-11-23, in the years 1900 to 2999",
    "email": "be an e-mail address",
    "visible": "hold something that can be seen",
}
PATTERNS = {
    SCHEMA["$defs"]["key"]["pattern"]: "1 to 64 small letters (a to z), digits and hyphens",
    SCHEMA["$defs"]["language"]["pattern"]: 'the tag of a language, such as "en" or "es-MX"',
}


def shape_faults(document: Any) -> Iterator[Fault]:
    """Everything in which the document is not as the schema says."""
    for error in _validator.iter_errors(document):
        yield from _said(error)


# One sentence a rule of the schema; `rule` is what the schema says, `value` what the file has there.
SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "type": lambda rule, value: "must be " + " or ".join(TYPES[name] for name in _listed(rule)),
    "enum": lambda rule, value: "must be one of " + ", ".join(map(str, rule)),
    "const": lambda rule, value: f"must be {rule}",
    "pattern": lambda rule, value: f"must be {PATTERNS[rule]}",
    "format": lambda rule, value: f"must {FORMATS[rule]}",
    "minLength": lambda rule, value: "must not be empty",
    "minItems": lambda rule, value: "must not be empty",
    "maxLength": lambda rule, value: f"must have {rule} characters at most; it has {len(value)}",
    "minimum": lambda rule, value: f"must be {rule} at least",
    "maximum": lambda rule, value: f"must be {rule} at most",
    "uniqueItems": lambda rule, value: "must not say anything twice",
}


def _said(error: Error) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    rule: Any = error.validator_value
    value: Any = error.instance
    if error.validator == "required":
        yield Fault(path, f'lacks "{error.message}".')
    elif error.validator in ("additionalProperties", "unevaluatedProperties"):
        strange = [name for name in value if name not in _known(error)]
        yield from (Fault((*path, name), "is nothing that belongs here.") for name in strange)
    elif error.validator == "anyOf":
        # Everything of which the schema allows several forms is something, or null.
        for part in error.context or ():
            if part.schema_path[0] == 0:
                yield from (Fault(fault.path, f"{fault.sentence[:-1]}, or null.") for fault in _said(part))
    else:
        yield Fault(path, SENTENCES[str(error.validator)](rule, value) + ".")


def _known(error: Error) -> set[str]:
    """What may stand in this object. A fault in a shared part makes the schema forget it, so it is looked up here."""
    assert isinstance(error.schema, dict)
    shared = SCHEMA["$defs"]["row"]["properties"] if "allOf" in error.schema else {}
    return {*error.schema["properties"], *shared}


def _listed(rule: Any) -> list[str]:
    return rule if isinstance(rule, list) else [rule]


def _matches(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Error]:
    """The end of a pattern is the end of the text, as in JavaScript; Python would let a line end through."""
    if isinstance(value, str) and not re.search(pattern.removesuffix("$") + r"\Z", value):
        yield Error(f"{printable(value)} does not match")


def _lacks(validator: Any, names: list[str], value: Any, schema: Any) -> Iterator[Error]:
    """One error for each name that is missing, which is its message."""
    if isinstance(value, dict):
        yield from (Error(name) for name in names if name not in value)


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checks("date-time", raises=ValueError)(_holds(times.instant))
    checker.checks("date", raises=ValueError)(_holds(times.day))
    checker.checks("email", raises=ValidationError)(_holds(_email))
    checker.checks("visible", raises=ValueError)(_holds(_visible))
    return checker


def _holds(read: Callable[[str], Any]) -> Callable[[object], bool]:
    """A check that a text can be read; what is no text is not its matter."""

    def check(value: object) -> bool:
        if isinstance(value, str):
            read(value)
        return True

    return check


def _email(text: str) -> None:
    validate_email(text)
    if len(text) > LONGEST_EMAIL:
        raise ValidationError("too long")


def _visible(text: str) -> None:
    """Whether a text may be empty is another rule's matter; one that only looks empty never stands for it."""
    if text and not cleaned(text):
        raise ValueError


_extend: Any = extend  # its own types do not cover it
_validator = _extend(Draft202012Validator, {"pattern": _matches, "required": _lacks})(
    SCHEMA, format_checker=_format_checker()
)
