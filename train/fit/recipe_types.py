"""The types of a recipe's settings: what the annotation of a setting allows."""

from dataclasses import dataclass
from math import inf, isinf
from typing import Annotated, Any, Literal, get_args, get_origin


@dataclass(frozen=True)
class Within:
    """The bounds of a number, both included."""

    least: float
    most: float = inf

    def __contains__(self, number: float) -> bool:
        return self.least <= number <= self.most

    def __str__(self) -> str:
        least = f"{self.least:.10g}"
        return f"{least} or more" if isinf(self.most) else f"{least} to {self.most:.10g}"


Count = Annotated[int, Within(0)]
Positive = Annotated[int, Within(1)]
Share = Annotated[float, Within(0, 1)]
Amount = Annotated[float, Within(0, 1e6)]

_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}


@dataclass(frozen=True)
class SettingType:
    """What an annotation allows: bool, str, a Literal of words, a number within bounds, or a tuple
    of any number of one of these.

    kind: the type of a value. many: whether it is a tuple of them. within: the bounds of a number.
    words: those of a Literal.
    """

    kind: type[Any]
    many: bool = False
    within: Within | None = None
    words: tuple[str, ...] = ()

    @classmethod
    def by(cls, annotation: Any) -> "SettingType":
        """Return the type of an annotation as get_type_hints gives it, with extras."""
        many = get_origin(annotation) is tuple
        if many:
            annotation = get_args(annotation)[0]
        if get_origin(annotation) is Literal:
            return cls(str, many, words=get_args(annotation))
        if get_origin(annotation) is Annotated:
            return cls(get_args(annotation)[0], many, annotation.__metadata__[0])
        return cls(annotation, many)

    def __call__(self, value: Any) -> Any:
        """Return `value`, read from TOML, as the annotation has it.

        Raises ValueError if the annotation does not allow it.
        """
        if not self.many:
            return self._one(value)
        if not isinstance(value, list):
            raise ValueError
        return tuple(map(self._one, value))

    def _one(self, value: Any) -> Any:
        """Return a single value as the annotation has it. Raises ValueError."""
        if self.kind is float and type(value) is int:
            value = float(value)
        if type(value) is not self.kind or (self.words and value not in self.words):
            raise ValueError
        if self.within and value not in self.within:
            raise ValueError
        return value

    def __str__(self) -> str:
        one = f"one of {', '.join(self.words)}" if self.words else _NAMES[self.kind]
        bounds = f", {self.within}" if self.within else ""
        return f"{'a list, each ' * self.many}{one}{bounds}"
