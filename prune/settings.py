"""How to prune: what a recipe may say beside the network, the data, the chip and the goal."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Final

from hwsim.meant import closest, did_you_mean
from prune.errors import Error
from prune.limits import Own, check_said, not_allowed
from prune.lists import Listed, OpenList, expected
from prune.solvers import SOLVERS
from prune.solvers.interface import Solver
from prune.training import finetune as tuning

#: All methods by name; packages bring others.
METHOD_NAMES: Final = OpenList(
    noun="method",
    group="prune.methods",
    shipped={"layers": "prune.methods.layers:LAYERS", "budget": "prune.methods.budget:BUDGET"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """How many rounds there are at most, what share a round keeps, of a layer's weights or of the
    network's energy, and the nats of held-out loss that it may add before fine-tuning.
    """

    most: int | None = None
    keep: float = 0.7
    tolerance: float = 0.5

    def __post_init__(self) -> None:
        check_said({"rounds": asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Images on which layers are solved, others on which their choice is judged, and those of the
    others on which the zeros of activations are counted.
    """

    images: int = 1000
    held_images: int = 500
    measured_images: int = 100

    def __post_init__(self) -> None:
        check_said({"calibration": asdict(self)})


#: Steps of fine-tuning after a round, where nothing is said.
STEPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRule:
    """What holds for a layer; None is what holds for all."""

    prune: bool = True
    lowest_density: float | None = None
    solver: str | Solver | None = None


#: The settings that are no sections of a recipe.
PLAIN: Final = ("method", "solver", "lowest_density", "layers", "seed", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to prune. `layers` are exceptions by name or shell pattern, as keys of `LayerRule`.

    A solver or a method has a name, or is an object of your own.
    """

    method: str | Listed | None = None
    solver: str | Solver = "obc"
    lowest_density: float = 0.02
    rounds: Rounds = Rounds()
    calibration: Calibration = Calibration()
    finetune: tuning.Training = field(default_factory=lambda: tuning.Training(steps=STEPS))
    layers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        rules: Mapping[str, object] = self.layers
        solvers = {
            f"layers.{pattern}.solver": rule.get("solver")
            for pattern, rule in rules.items()
            if isinstance(rule, Mapping)
        }
        for place, solver in {"solver": self.solver, **solvers}.items():
            if not isinstance(solver, str | Solver | None):
                what = f"must be a solver's name, or {expected(Solver)}, not {solver!r}"
                raise not_allowed(place, what)
        own: Own = {Solver: next(iter(SOLVERS.shipped)), Listed: next(iter(METHOD_NAMES.shipped))}
        check_said({key: getattr(self, key) for key in PLAIN}, own)


class NoSuchLayer(Error):
    """`pattern` matches none of the layers that can be pruned, `names`."""

    pattern: str
    names: tuple[str, ...]

    @property
    def meant(self) -> str | None:
        """The name that was probably meant."""
        return closest(self.pattern, self.names)

    def __str__(self) -> str:
        what = f"no layer that can be pruned matches '{self.pattern}'{did_you_mean(self.meant)}"
        return f"{what}\nthe layers are {', '.join(self.names)}"


def rules(settings: Settings, names: Iterable[str]) -> dict[str, LayerRule]:
    """Return what holds for each of the layers; where several patterns match, the later one wins.

    Raises `NoSuchLayer` for a pattern that matches none of the names.
    """
    names = tuple(names)
    found: dict[str, dict[str, object]] = {
        name: {"lowest_density": settings.lowest_density, "solver": settings.solver}
        for name in names
    }
    for pattern, exceptions in settings.layers.items():
        matching = [name for name in names if fnmatchcase(name, pattern)]
        if not matching:
            raise NoSuchLayer(pattern, names)
        for name in matching:
            found[name] |= exceptions
    return {name: LayerRule(**said) for name, said in found.items()}  # type: ignore[arg-type]


#: What holds where nothing is said.
DEFAULT: Final = Settings()
