"""What the page asks for, and what of the session answers it."""

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

from vidcolor.hints.marks import Place
from vidcolor.hints.named_colors import parse_color
from vidcolor.serve.answers import Answer, Asked, Endpoint, RefusedError
from vidcolor.studio import drawing
from vidcolor.studio.command import command
from vidcolor.studio.document import Edit
from vidcolor.studio.pictures import MOST
from vidcolor.studio.session import Session
from vidcolor.studio.shot_list import exact
from vidcolor.text import parse_time

_KINDS = ("point", "stroke", "region", "palette", "reference")
_LARGEST = 8192
"""The longest side of a picture that may be asked for, in pixels."""


class _Page:
    """Answers the requests of a page."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def endpoints(self) -> list[Endpoint]:
        """Return all of them."""
        return [
            Endpoint("GET", "/api/film", lambda asked: self._session.film()),
            Endpoint("GET", "/api/shots", lambda asked: self._session.shots()),
            Endpoint("GET", "/api/shots/{id}/thumbnail", self._thumbnail),
            Endpoint("POST", "/api/open", self._open),
            Endpoint("GET", "/api/frame", self._frame),
            Endpoint("POST", "/api/suggest", self._suggest),
            Endpoint("GET", "/api/plane", self._plane),
            Endpoint("GET", "/api/color", _color),
            Endpoint("GET", "/api/hints", lambda asked: self._session.hints()),
            Endpoint("POST", "/api/edit", self._edit),
            Endpoint("POST", "/api/undo", self._undo),
            Endpoint("POST", "/api/redo", self._redo),
            Endpoint("PUT", "/api/settings", self._settings),
            Endpoint("POST", "/api/picture", self._keep_picture, MOST),
            Endpoint("GET", "/api/picture", self._picture),
            Endpoint("POST", "/api/copy", self._copy),
            Endpoint("POST", "/api/update", self._update),
            Endpoint("POST", "/api/job", self._start_job),
            Endpoint("GET", "/api/job", lambda asked: asdict(self._session.job.state)),
            Endpoint("DELETE", "/api/job", self._stop_job),
            Endpoint("GET", "/api/command", lambda asked: {"command": command(self._session)}),
        ]

    def _thumbnail(self, asked: Asked) -> Answer:
        return self._session.thumbnail(self._session.shot_named(asked.path["id"]))

    def _open(self, asked: Asked) -> Answer:
        at = asked.content().get("at")
        return self._session.open(self._session.beginning() if at == "start" else _time(at))

    def _frame(self, asked: Asked) -> Answer:
        time, session = _time(asked.asked("at")), self._session
        view = asked.query.get("view", "color")
        size = _whole(asked.query["size"], _LARGEST) if "size" in asked.query else None
        if view == "grey" and exact(time) == exact(session.material.begin):
            return session.grey(session.material.begin, size)  # before its shot is found
        shot, number = session.place(time)
        if view == "grey":
            return session.grey(shot.times[number], size)
        if view not in ("color", "automatic"):
            raise RefusedError("view: is none of grey, color and automatic")
        frames = session.frames
        if size is None and view == "color":
            return frames.exact(shot, number, asked.is_gone)
        size = size or max(session.material.shape)
        return frames.colored(shot, number, size, view == "color", asked.is_gone)

    def _suggest(self, asked: Asked) -> Answer:
        content = asked.content()
        shot, number = self._session.place(_time(content.get("at")))
        place = _place(content.get("xy"))
        found = self._session.frames.suggestions(shot, number, place, asked.is_gone)
        return {
            "suggestions": [{"color": name, "probability": share} for name, share in found],
            "luma": self._session.frames.luma_at(shot, number, place),
        }

    def _plane(self, asked: Asked) -> Answer:
        shot, number = self._session.place(_time(asked.asked("at")))
        place = _place([_number(asked.asked(name)) for name in ("x", "y")])
        side = _whole(asked.query.get("size", "256"), 1024)
        luma = self._session.frames.shown_luma_at(shot, number, place)
        return drawing.plane_of_chroma(luma, side)

    def _edit(self, asked: Asked) -> Answer:
        content = asked.content()
        edits, revision = content.get("edits"), content.get("revision")
        if not isinstance(edits, list) or not isinstance(revision, int):
            raise RefusedError("the request lacks 'revision' or 'edits'")
        added = self._session.document.edit(revision, list(map(_one_edit, edits)))
        return {**self._session.hints(), "added": added}

    def _undo(self, asked: Asked) -> Answer:
        self._session.document.undo()
        return self._session.hints()

    def _redo(self, asked: Asked) -> Answer:
        self._session.document.redo()
        return self._session.hints()

    def _settings(self, asked: Asked) -> Answer:
        self._session.set_settings(asked.content())
        return {**self._session.hints(), "settings": self._session.sliders()}

    def _keep_picture(self, asked: Asked) -> Answer:
        named = self._session.pictures.keep(asked.asked("name"), asked.body)
        return {"picture": named, "url": f"/api/picture?name={named}"}

    def _picture(self, asked: Asked) -> Answer:
        return self._session.pictures.show(asked.asked("name"))

    def _copy(self, asked: Asked) -> Answer:
        content = asked.content()
        ids, shot = content.get("ids"), content.get("to")
        if not isinstance(ids, list) or not isinstance(shot, str):
            raise RefusedError("the request lacks 'ids' or 'to'")
        if not all(isinstance(each, str) for each in ids):
            raise RefusedError("ids: are no names of hints")
        at = exact(self._session.shot_named(shot).times[0])
        added = self._session.document.copy(ids, at)
        return {**self._session.hints(), "added": added}

    def _update(self, asked: Asked) -> Answer:
        self._session.references.update()
        return {}

    def _start_job(self, asked: Asked) -> Answer:
        content = asked.content() if asked.body else {}
        if content.get("go_on") is True:
            self._session.job.go_on()
            return asdict(self._session.job.state)
        self._session.start_job(content.get("overwrite") is True)
        return asdict(self._session.job.state)

    def _stop_job(self, asked: Asked) -> Answer:
        self._session.job.stop()
        return asdict(self._session.job.state)


def endpoints(session: Session) -> list[Endpoint]:
    """Return what is answered for a session."""
    return _Page(session).endpoints()


def _color(asked: Asked) -> Answer:
    try:
        rgb = parse_color(asked.asked("name"))
    except ValueError as error:
        raise RefusedError(str(error)) from None
    return {"color": "#" + "".join(f"{round(255 * part):02x}" for part in rgb)}


def _one_edit(edit: Any) -> Edit:
    """Read an edit of the page. Raises RefusedError."""
    if not isinstance(edit, Mapping) or edit.get("op") not in ("add", "change", "remove"):
        raise RefusedError("an edit is none of add, change and remove")
    kind, identity, fields = edit.get("kind", ""), edit.get("id", ""), edit.get("fields", {})
    if edit["op"] == "add" and kind not in _KINDS:
        raise RefusedError("an edit adds none of the kinds of hints")
    if not isinstance(identity, str) or not isinstance(fields, Mapping):
        raise RefusedError("an edit lacks its id or fields")
    if {"id", "kind"} & fields.keys():
        raise RefusedError("id and kind are no fields of hints")
    return Edit(edit["op"], kind, identity, fields)


def _time(value: Any) -> Fraction:
    try:
        return parse_time(str(value))
    except ValueError as error:
        raise RefusedError(f"at: {error}") from None


def _place(value: Any) -> Place:
    ok = isinstance(value, list) and len(value) == 2
    if not ok or not all(isinstance(v, int | float) and 0 <= v <= 1 for v in value):
        raise RefusedError("xy: is no place within 0..1")
    return float(value[0]), float(value[1])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise RefusedError(f"{text[:20]!r} is no number") from None


def _whole(text: str, most: int) -> int:
    number = _number(text)
    if not (number.is_integer() and 1 <= number <= most):
        raise RefusedError(f"size: is no whole number within 1..{most}")
    return int(number)
