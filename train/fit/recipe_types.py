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
    """What an annotation allows: bool, str, a Literal of words, a number within bounds, a tuple of
    any number of one of these, or a dict of them by name.

    kind: the type of a value. many: whether it is a tuple of them. named: whether it is a dict of
    them. within: the bounds of a number. words: those of a Literal.
    """

    kind: type[Any]
    many: bool = False
    named: bool = False
    within: Within | None = None
    words: tuple[str, ...] = ()

    @classmethod
    def by(cls, annotation: Any) -> "SettingType":
        """Return the type of an annotation as get_type_hints gives it, with extras."""
        many, named = (get_origin(annotation) is kind for kind in (tuple, dict))
        if many or named:
            annotation = get_args(annotation)[named]
        if get_origin(annotation) is Literal:
            return cls(str, many, named, words=get_args(annotation))
        if get_origin(annotation) is Annotated:
            return cls(get_args(annotation)[0], many, named, annotation.__metadata__[0])
        return cls(annotation, many, named)

    def __call__(self, value: Any) -> Any:
        """Return `value`, read from TOML, as the annotation has it.

        Raises ValueError if the annotation does not allow it.
        """
        if self.named:
            if not isinstance(value, dict):
                raise ValueError
            return {name: self._one(one) for name, one in value.items()}
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
        words = ", ".join(word or '""' for word in self.words)
        one = f"one of {words}" if words else _NAMES[self.kind]
        bounds = f", {self.within}" if self.within else ""
        return f"{'a list, each ' * self.many}{'a table, each ' * self.named}{one}{bounds}"
