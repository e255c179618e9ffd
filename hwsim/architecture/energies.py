"""What a document says of energies, areas and leakage, to numbers: as they stand, scaled from a
figure, or estimated.

A number that comes from an estimator is rounded to `DIGITS` significant digits, and is exact from
then on, as if the file said it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from hwsim.architecture.asked import (
    asked,
    outside,
    outside_between,
    quotient,
    rounded,
    that_matter,
)
from hwsim.architecture.charging import Charging
from hwsim.architecture.components import COMPONENT_KINDS
from hwsim.architecture.components.bandwidth import PORTS
from hwsim.architecture.derived import ENERGY, KEYS, Derived
from hwsim.architecture.lock import Recording, lock_of, locked
from hwsim.architecture.properties import FILE_WIDE, elsewhere, keys_said, properties
from hwsim.architecture.units import UNITS
from hwsim.errors import Error
from hwsim.estimators import (
    Action,
    Estimator,
    Value,
    estimator_of,
    names,
    says_the_same_everywhere,
    whole,
)
from hwsim.estimators.supply import VOLTAGE, at_voltage, follows_voltage
from hwsim.meant import closest
from hwsim.specification import Document, KeyPath, Problem
from hwsim.vocabulary import exact

#: Keys of an energy beside its actions, and of an area and a leakage beside its value.
ESTIMATE: Final = "estimate"
AT: Final = "at"
FOLLOWS: Final = "follows"
VALUE: Final = "value"
OF: Final = "of"
#: What numbers may be of, other than of a word.
ACCESS: Final = "access"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers by component and action, its area and leakage beside them; where those that no
    file says are from; and all that is wrong.
    """

    numbers: Mapping[str, Mapping[str, float]]
    derived: tuple[Derived, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a document says of a component under a `key`: of its energies, its area or its leakage;
    and the estimators that the document names, or why they are not to be had.
    """

    document: Document
    name: str
    key: str
    known: Mapping[str, Estimator | str]

    @property
    def says(self) -> dict[str, Any]:
        """What the document says of the component."""
        part: dict[str, Any] = self.document.data["components"][self.name]
        return part

    @property
    def quoted(self) -> dict[str, Any]:
        """What it says under the key; a number alone is its value."""
        quoted = self.says.get(self.key, {})
        return quoted if isinstance(quoted, dict) else {VALUE: quoted}

    @property
    def actions(self) -> tuple[str, ...]:
        """What it does that costs energy; or its area, or its leakage, alone."""
        if self.key == ENERGY:
            return COMPONENT_KINDS[self.says["kind"]].ACTIONS
        return tuple(action for action, key in KEYS.items() if key == self.key)

    @property
    def figures(self) -> dict[str, float]:
        """The numbers that it says; energies for a word."""
        words = {action: self._word(action) for action in self.actions}
        said = {action: self.quoted[word] for action, word in words.items() if word in self.quoted}
        if not self.of_accesses:
            return said
        there = properties(elsewhere(self.says, self.quoted.get(AT, {})), self.document.data)
        bits, access = (int(there[name]) for name in ("word_bits", "access_bits"))
        return {action: float(exact(it) * Fraction(bits, access)) for action, it in said.items()}

    @property
    def of_accesses(self) -> bool:
        """Whether its numbers are of an access."""
        return self.quoted.get(OF) == ACCESS

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
        by = self.quoted.get(ESTIMATE, {})
        if isinstance(by, str):
            return dict.fromkeys(self.actions, (by, (ESTIMATE,)))
        return {action: (name, (ESTIMATE, action)) for action, name in by.items()}

    @property
    def named(self) -> Iterator[tuple[str, KeyPath]]:
        """The estimators that it names, and where."""
        yield from dict.fromkeys(self.estimates.values())
        if FOLLOWS in self.quoted:
            yield self.quoted[FOLLOWS], (FOLLOWS,)

    @property
    def law(self) -> Estimator | None:
        """What its figures follow, with the voltage beside it; None where there is none."""
        followed = self.known.get(self.quoted.get(FOLLOWS, ""))
        if followed is None or isinstance(followed, str):
            return None
        return at_voltage(followed, self.actions[0])

    def path(self, action: str) -> KeyPath:
        """Where under the key the number of the action stands."""
        return (self._word(action),)

    def problem(self, path: KeyPath, what: str, *, at_key: bool = False) -> Problem:
        """What is wrong with something under the key."""
        return self.document.problem(
            ("components", self.name, self.key, *path), what, at_key=at_key
        )

    def _word(self, action: str) -> str:
        return action if self.key == ENERGY else VALUE


def worked_out(document: Document, estimators: Iterable[Estimator] = ()) -> Figures:
    """The energies, areas and leakages of a document that its schema accepts."""
    given = {one.name: one for one in (whole(one, repr(one)) for one in estimators)}
    parts = _parts(document)
    known = {name: _found(name, given) for part in parts for name, _ in part.named}
    others = {name for name in known if name not in given and not says_the_same_everywhere(name)}
    if others and (lock := lock_of(document)):
        known |= {name: locked(name, known[name], lock) for name in others}
    parts = [replace(part, known=known) for part in parts]
    found = [one for part in parts for one in (*_estimated(part), *_scaled(part))]
    derived = [one for one in found if isinstance(one, Derived)]
    problems = [one for one in found if isinstance(one, Problem)]
    problems += [one for part in parts for one in (*_contradictions(part), *_at_no_voltage(part))]
    problems += [one for part in parts for one in _absent(part, given)]
    wrong = {one.where.split(".")[1] for one in problems}
    problems += _unread(document, [part for part in parts if part.name not in wrong], bool(wrong))
    numbers = dict[str, dict[str, float]]()
    for part in parts:
        numbers.setdefault(part.name, {}).update(part.figures)
    for one in derived:
        numbers[one.component][one.action] = one.value
    return Figures(numbers=numbers, derived=tuple(derived), problems=tuple(problems))


def recorded(document: Document) -> tuple[Figures, list[Recording]]:
    """As `worked_out`, without a lock; and what estimators were asked that are none of hwsim's own
    laws and tables, and what they said.
    """
    named = dict.fromkeys(name for part in _parts(document) for name, _ in part.named)
    outside = [_found(name, {}) for name in named if not says_the_same_everywhere(name)]
    live = [Recording(live=one) for one in outside if not isinstance(one, str)]
    return worked_out(document, live), live


def _parts(document: Document) -> list[Part]:
    """Of each component its energies, if it does anything for one, and what else it says."""
    return [
        Part(document=document, name=name, key=key, known={})
        for name, part in document.data["components"].items()
        for key in (ENERGY, *KEYS.values())
        if (key in part if key != ENERGY else COMPONENT_KINDS[part["kind"]].ACTIONS)
    ]


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
    """What is said twice, half, or not at all."""
    quoted, figures, estimates = part.quoted, part.figures, part.estimates
    for action in estimates.keys() & figures.keys():
        what = "is estimated, and a number is said: take one of them away"
        yield part.problem(part.path(action), what, at_key=True)
    if estimates and part.key == ENERGY and part.says["kind"] == "storage":
        for action in part.actions:
            if action not in {*figures, *estimates}:
                yield part.problem((), f"missing key '{action}', a number or an estimate")
    if AT in quoted and FOLLOWS not in quoted:
        what = "says where the figures hold, and not what they follow: add follows, as sram"
        yield part.problem((AT,), what, at_key=True)
    if FOLLOWS in quoted and AT not in quoted:
        what = "says what the figures follow, and not where they hold: add at, as capacity_bytes"
        yield part.problem((FOLLOWS,), what, at_key=True)
    for key, does in ((FOLLOWS, "that could follow"), (OF, "of a word or of an access")):
        if key in quoted and not figures:
            yield part.problem((key,), f"no figure is said {does}", at_key=True)


def _at_no_voltage(part: Part) -> Iterator[Problem]:
    """Figures that hold at a voltage that nobody says, where one is said now."""
    volts = properties(part.says, part.document.data).get(VOLTAGE)
    if not volts or AT in part.quoted or not follows_voltage(part.actions[0]):
        return
    if any(part.figures.values()):
        what = f"does not say at which voltage this holds, and {VOLTAGE} is {volts}"
        remedy = f"; add where it holds and what it follows, as at: {{{VOLTAGE}: {volts}}}"
        yield part.problem((), f"{what}{remedy}, follows: voltage", at_key=True)


def _absent(part: Part, given: Mapping[str, Estimator]) -> Iterator[Problem]:
    """Estimators that there are not, or that cannot be loaded."""
    for name, path in part.named:
        reason = part.known[name]
        if isinstance(reason, str):
            there = names(given)
            meant = None if name in there else closest(name, there)
            path = ("components", part.name, part.key, *path)
            yield part.document.problem(path, reason, meant)


def _estimated(part: Part) -> Iterator[Derived | Problem]:
    """The figures that an estimator gives."""
    data = part.document.data
    now = properties(part.says, data)
    for action, (name, path) in part.estimates.items():
        estimator = part.known[name]
        if isinstance(estimator, str) or action in part.figures:
            continue
        if what := _no_estimate(part, estimator, action, now):
            yield part.problem(path, what)
            continue
        try:
            estimate = asked(estimator, _action(part, action, now))
        except Error as error:
            yield part.problem(path, f"{name} {error}")
            continue
        yield Derived(
            component=part.name,
            action=action,
            value=float(rounded(estimate.value)),
            estimator=name,
            estimate=estimate,
            properties=that_matter(estimator, now),
            outside=outside(estimate, now),
        )


def _no_estimate(
    part: Part, estimator: Estimator, action: str, now: Mapping[str, Value]
) -> str | None:
    """Why the estimator can scale a figure at most: its unit is another, or the voltage."""
    unit = part.document.data["energy_unit"]
    if estimator.unit not in (UNITS if part.key != ENERGY else (unit,)):
        what = f"{estimator.name} gives {estimator.unit}, and energy_unit is {unit}"
        return f"{what}; a figure in that can follow it: say the figure, at and follows"
    if VOLTAGE in now and at_voltage(estimator, action) is not estimator:
        what = f"{estimator.name} knows no voltage, and {VOLTAGE} is {now[VOLTAGE]}"
        return f"{what}; a figure can follow it: say the figure, at with {VOLTAGE}, and follows"
    return None


def _action(part: Part, action: str, about: Mapping[str, Value]) -> Action:
    return Action(kind=part.says["kind"], name=action, properties=about)


def _scaled(part: Part) -> Iterator[Derived | Problem]:
    """The figures of a file at what the component is now."""
    estimator, at = part.law, part.quoted.get(AT)
    if estimator is None or at is None:
        return
    unfit = [*_unfit(part, estimator, at)]
    yield from unfit
    data = part.document.data
    now, then = properties(part.says, data), properties(elsewhere(part.says, at), data)
    for action, figure in () if unfit else part.figures.items():
        try:
            here = asked(estimator, _action(part, action, {**estimator.cancels, **now}))
            there = asked(estimator, _action(part, action, {**estimator.cancels, **then}))
            factor = quotient(here, there)
        except Error as error:
            yield part.problem((FOLLOWS,), f"{estimator.name} {error}")
            continue
        yield Derived(
            component=part.name,
            action=action,
            value=figure if factor == 1 else float(exact(figure) * factor),
            estimator=estimator.name,
            estimate=here,
            properties=that_matter(estimator, now),
            figure=figure,
            at=that_matter(estimator, then),
            factor=factor,
            outside=outside_between(estimator, (here, now), (there, then)),
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
        remedy = f"; add what the figures hold for, as {unsaid[0]}: {_said(part, unsaid[0])}"
        yield part.problem((AT,), what + remedy, at_key=True)


def _said(part: Part, key: str) -> Any:
    """What the component says under the key, or the file."""
    top, _, under = key.partition(".")
    said: Any = part.says.get(top, part.document.data.get(top))
    return said[under] if under else said


def _unread(document: Document, parts: Iterable[Part], others: bool) -> Iterator[Problem]:
    """Properties that no estimator reads: to edit them would change nothing.

    Where something is wrong with a component, that says enough: it is none of these `parts`, but of
    the `others`.
    """
    of_file = set[str]()
    read = dict[str, set[str]]()
    for part in parts:
        known = [part.law, *(part.known[name] for name, _ in part.named)]
        takes = {name for one in known if one and not isinstance(one, str) for name in one.takes}
        of_file |= takes
        takes |= {"access_bits"} if part.of_accesses or part.in_rows else set()
        takes |= {PORTS}
        read.setdefault(part.name, set()).update(takes)
    for name, takes in read.items():
        for key, (called, *_) in keys_said(document.data["components"][name], {}).items():
            if called not in takes and not key.startswith("capacity_"):
                path = ("components", name, *key.split("."))
                meant = closest(called, takes)
                yield document.problem(path, "no figure here depends on it", meant, at_key=True)
    for key in FILE_WIDE:
        if key in document.data and not others and key not in of_file:
            what = "no figure in this file depends on it: none is estimated, or follows a law of it"
            yield document.problem((key,), what, at_key=True)
