"""What a document says of energies, to numbers: as they stand, scaled from a figure, or estimated.

A number that comes from an estimator is rounded to `DIGITS` significant digits, and is exact from
then on, as if the file said it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from hwsim.architecture.charging import Charging
from hwsim.architecture.components import COMPONENT_KINDS
from hwsim.architecture.derived import Derived
from hwsim.architecture.properties import elsewhere, keys_said, properties
from hwsim.errors import Error
from hwsim.estimators import (
    Action,
    CannotEstimate,
    Estimate,
    Estimator,
    Value,
    estimator_of,
    names,
    whole,
)
from hwsim.meant import closest
from hwsim.specification import Document, KeyPath, Problem
from hwsim.specification.accepted import SMALLEST_NUMBER
from hwsim.vocabulary import exact

#: Keys of an energy beside its actions.
ESTIMATE: Final = "estimate"
AT: Final = "at"
FOLLOWS: Final = "follows"
OF: Final = "of"
#: What numbers may be of, other than of a word.
ACCESS: Final = "access"
#: Significant digits of an estimate, and of a quotient of two.
DIGITS: Final = 3
#: As for numbers in a file.
LARGEST: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class Energies:
    """The numbers by component and action, where those that no file says are from, and all that is
    wrong.
    """

    numbers: Mapping[str, Mapping[str, float]]
    derived: tuple[Derived, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component of a document that has energies, and the estimators that the document names, or
    why they are not to be had.
    """

    document: Document
    name: str
    known: Mapping[str, Estimator | str]

    @property
    def says(self) -> dict[str, Any]:
        """What the document says of the component."""
        part: dict[str, Any] = self.document.data["components"][self.name]
        return part

    @property
    def energy(self) -> dict[str, Any]:
        """What it says of its energies."""
        energy: dict[str, Any] = self.says.get("energy", {})
        return energy

    @property
    def actions(self) -> tuple[str, ...]:
        """What it does that costs energy."""
        return COMPONENT_KINDS[self.says["kind"]].ACTIONS

    @property
    def figures(self) -> dict[str, float]:
        """The numbers that it says, each for a word."""
        said = {action: self.energy[action] for action in self.actions if action in self.energy}
        if not self.of_accesses:
            return said
        there = properties(elsewhere(self.says, self.energy.get(AT, {})), self.document.data)
        word, access = (int(there[name]) for name in ("word_bits", "access_bits"))
        return {action: float(exact(it) * Fraction(word, access)) for action, it in said.items()}

    @property
    def of_accesses(self) -> bool:
        """Whether its numbers are of an access."""
        return self.energy.get(OF) == ACCESS

    @property
    def in_rows(self) -> bool:
        """Whether it is charged rows of the width of an access."""
        if self.says["kind"] != "storage":
            return False
        said = self.document.data["charging"] | self.says.get("charging", {})
        return Charging.declared(said).row.whole

    @property
    def estimates(self) -> dict[str, tuple[str, KeyPath]]:
        """Of each action that is estimated, the estimator and where that is said."""
        by = self.energy.get(ESTIMATE, {})
        if isinstance(by, str):
            return dict.fromkeys(self.actions, (by, (ESTIMATE,)))
        return {action: (name, (ESTIMATE, action)) for action, name in by.items()}

    @property
    def named(self) -> Iterator[tuple[str, KeyPath]]:
        """The estimators that it names, and where."""
        yield from dict.fromkeys(self.estimates.values())
        if FOLLOWS in self.energy:
            yield self.energy[FOLLOWS], (FOLLOWS,)

    def problem(self, path: KeyPath, what: str, *, at_key: bool = False) -> Problem:
        """What is wrong with something in its energies."""
        return self.document.problem(
            ("components", self.name, "energy", *path), what, at_key=at_key
        )


def worked_out(document: Document, estimators: Iterable[Estimator] = ()) -> Energies:
    """The energies of a document that its schema accepts."""
    given = {one.name: one for one in (whole(one, repr(one)) for one in estimators)}
    parts = [
        Part(document=document, name=name, known={})
        for name, part in document.data["components"].items()
        if COMPONENT_KINDS[part["kind"]].ACTIONS
    ]
    known = {name: _found(name, given) for part in parts for name, _ in part.named}
    parts = [replace(part, known=known) for part in parts]
    found = [one for part in parts for one in (*_estimated(part), *_scaled(part))]
    derived = [one for one in found if isinstance(one, Derived)]
    problems = [one for one in found if isinstance(one, Problem)]
    problems += [one for part in parts for one in (*_contradictions(part), *_absent(part, given))]
    problems += _unread(document, parts)
    numbers = {part.name: dict(part.figures) for part in parts}
    for one in derived:
        numbers[one.component][one.action] = one.energy
    return Energies(numbers=numbers, derived=tuple(derived), problems=tuple(problems))


def _found(name: str, given: Mapping[str, Estimator]) -> Estimator | str:
    """The estimator, or why it is not to be had."""
    try:
        estimator = estimator_of(name, given)
    except Error as error:
        return str(error)
    if estimator is None:
        there = f"here or in a package that is installed; there are {', '.join(names(given))}"
        return f"there is no estimator '{name}', {there}"
    return estimator


def _contradictions(part: Part) -> Iterator[Problem]:
    """What an energy says twice, half, or not at all."""
    energy, figures, estimates = part.energy, part.figures, part.estimates
    for action in estimates.keys() & figures.keys():
        what = "is estimated, and a number is said: take one of them away"
        yield part.problem((action,), what, at_key=True)
    if estimates and part.says["kind"] == "storage":
        for action in part.actions:
            if action not in {*figures, *estimates}:
                yield part.problem((), f"missing key '{action}', a number or an estimate")
    if AT in energy and FOLLOWS not in energy:
        what = "says where the figures hold, and not what they follow: add follows, as sram"
        yield part.problem((AT,), what, at_key=True)
    if FOLLOWS in energy and AT not in energy:
        what = "says what the figures follow, and not where they hold: add at, as capacity_bytes"
        yield part.problem((FOLLOWS,), what, at_key=True)
    for key, does in ((FOLLOWS, "that could follow"), (OF, "of a word or of an access")):
        if key in energy and not figures:
            yield part.problem((key,), f"no figure is said {does}", at_key=True)


def _absent(part: Part, given: Mapping[str, Estimator]) -> Iterator[Problem]:
    """Estimators that there are not, or that cannot be loaded."""
    for name, path in part.named:
        reason = part.known[name]
        if isinstance(reason, str):
            there = names(given)
            meant = None if name in there else closest(name, there)
            path = ("components", part.name, "energy", *path)
            yield part.document.problem(path, reason, meant)


def _estimated(part: Part) -> Iterator[Derived | Problem]:
    """The energies that an estimator gives."""
    data = part.document.data
    now = properties(part.says, data)
    for action, (name, path) in part.estimates.items():
        estimator = part.known[name]
        if isinstance(estimator, str) or action in part.figures:
            continue
        if estimator.unit != data["energy_unit"]:
            what = f"{name} gives {estimator.unit}, and energy_unit is {data['energy_unit']}"
            remedy = "; a figure in that can follow it: say the figure, at and follows"
            yield part.problem(path, what + remedy)
            continue
        try:
            estimate = _asked(estimator, part, action, now)
        except Error as error:
            yield part.problem(path, f"{name} {error}")
            continue
        yield Derived(
            component=part.name,
            action=action,
            energy=float(_rounded(estimate.energy)),
            estimator=name,
            estimate=estimate,
            properties=_that_matter(estimator, now),
            outside=_outside(estimate, now),
        )


def _scaled(part: Part) -> Iterator[Derived | Problem]:
    """The figures of a file at what the component is now."""
    name, at = part.energy.get(FOLLOWS), part.energy.get(AT)
    estimator = part.known.get(name) if name else None
    if estimator is None or isinstance(estimator, str) or at is None:
        return
    unfit = [*_unfit(part, estimator, at)]
    yield from unfit
    data = part.document.data
    now, then = properties(part.says, data), properties(elsewhere(part.says, at), data)
    for action, figure in () if unfit else part.figures.items():
        try:
            here = _asked(estimator, part, action, {**estimator.cancels, **now})
            there = _asked(estimator, part, action, {**estimator.cancels, **then})
            factor = _quotient(here, there)
        except Error as error:
            yield part.problem((FOLLOWS,), f"{name} {error}")
            continue
        yield Derived(
            component=part.name,
            action=action,
            energy=figure if factor == 1 else float(exact(figure) * factor),
            estimator=str(name),
            estimate=here,
            properties=_that_matter(estimator, now),
            figure=figure,
            at=_that_matter(estimator, then),
            factor=factor,
            outside=_outside_between(estimator, (here, now), (there, then)),
        )


def _unfit(part: Part, estimator: Estimator, at: Mapping[str, Any]) -> Iterator[Problem]:
    """Keys of `at` that change nothing, and keys that it lacks although the component, or the file,
    has them.
    """
    ours = keys_said(part.says, part.document.data)
    theirs = keys_said({"kind": part.says["kind"], **at}, {})
    takes, now = set(estimator.takes), properties(part.says, part.document.data).keys()
    for key, is_called in theirs.items():
        what = ""
        if not takes & set(is_called):
            what = f"{estimator.name} does not depend on it"
        elif not now & set(is_called):
            what = f"the figures hold at this, and {part.name} says no {key} to scale them to"
        if what:
            yield part.problem((AT, *key.split(".")), what, at_key=True)
    told = {name for is_called in theirs.values() for name in is_called}
    unsaid = [
        key
        for key, is_called in ours.items()
        if takes & set(is_called) and not told & set(is_called)
    ]
    if unsaid:
        what = f"does not say {', '.join(unsaid)}, on which {estimator.name} depends"
        yield part.problem((AT,), what, at_key=True)


def _unread(document: Document, parts: Iterable[Part]) -> Iterator[Problem]:
    """Properties that no estimator reads: to edit them would change nothing."""
    of_file = set[str]()
    for part in parts:
        known = [part.known[name] for name, _ in part.named]
        if any(isinstance(one, str) for one in known):
            of_file.add("technology_nm")
            continue
        takes = {name for one in known if not isinstance(one, str) for name in one.takes}
        of_file |= takes
        takes |= {"access_bits"} if part.of_accesses or part.in_rows else set()
        for key, (name, *_) in keys_said(part.says, {}).items():
            if name not in takes and not key.startswith("capacity_"):
                what = "no energy here depends on it"
                path = ("components", part.name, *key.split("."))
                yield document.problem(path, what, closest(name, takes), at_key=True)
    if "technology_nm" in document.data and "technology_nm" not in of_file:
        what = "no energy in this file depends on it: none is estimated, or follows a law of it"
        yield document.problem(("technology_nm",), what, at_key=True)


def _asked(estimator: Estimator, part: Part, action: str, about: Mapping[str, Value]) -> Estimate:
    """What the estimator says; raises `Error` for whatever keeps it from an energy."""
    asked = Action(kind=part.says["kind"], name=action, properties=about)
    try:
        estimate: object = estimator.estimate(asked)
    except Error:
        raise
    except Exception as error:
        raise CannotEstimate(f"fails: {type(error).__name__}: {error}") from error
    if not isinstance(estimate, Estimate):
        raise CannotEstimate("gives no estimate")
    energy = estimate.energy
    if not (energy == 0 or SMALLEST_NUMBER <= energy <= LARGEST):  # nor is NaN
        raise CannotEstimate(f"gives {energy:g}, which is no energy")
    return estimate


def _quotient(here: Estimate, there: Estimate) -> Fraction:
    """By what a figure is scaled; equal estimates leave it as it is."""
    if here.energy == there.energy:
        return Fraction(1)
    if there.energy == 0:
        raise CannotEstimate("gives nothing where the figure holds: there is no proportion to it")
    return _rounded(here.energy / there.energy)


def _rounded(number: float) -> Fraction:
    """The number in so many digits as an estimate has.

    >>> _rounded(0.67449), _rounded(1234.5)
    (Fraction(337, 500), Fraction(1230, 1))
    """
    return Fraction(f"{number:.{DIGITS - 1}e}")


def _that_matter(estimator: Estimator, about: Mapping[str, Value]) -> dict[str, Value]:
    return {name: about[name] for name in estimator.takes if name in about}


def _outside(estimate: Estimate, about: Mapping[str, Value]) -> tuple[str, ...]:
    """The properties that are not where the estimate holds."""
    return tuple(
        f"{name} {_figure(value)}, not {_range(low, high)}"
        for name, (low, high) in estimate.valid.items()
        if isinstance(value := about.get(name), int | float) and not low <= value <= high
    )


def _outside_between(
    estimator: Estimator, *ends: tuple[Estimate, Mapping[str, Value]]
) -> tuple[str, ...]:
    """As `_outside`, of a quotient: what cancels from it may be anywhere."""
    (_, now), (_, then) = ends
    if now == then:
        return ()
    same = {name for name in estimator.cancels if now.get(name) == then.get(name)}
    found = (
        outside
        for estimate, about in ends
        for outside in _outside(estimate, {k: v for k, v in about.items() if k not in same})
    )
    return tuple(dict.fromkeys(found))


def _range(low: float, high: float) -> str:
    """Both ends, or the one value that there is.

    >>> _range(22, 90), _range(45, 45)
    ('22 to 90', '45')
    """
    return _figure(low) if low == high else f"{_figure(low)} to {_figure(high)}"


def _figure(number: float) -> str:
    """The number without an exponent where it is whole."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:g}"
