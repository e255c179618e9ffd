"""How to prune: what a recipe may say beside the network, the data, the chip and the goal."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Final, Literal, get_args

from hwsim.meant import closest, did_you_mean
from prune.errors import Error
from prune.limits import check_said
from prune.training import finetune as tuning

Method = Literal["layers", "budget"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)

#: What a goal can be a limit to.
Measure = Literal["max_top1_loss", "max_top5_loss", "energy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A limit, by `measure`: the share of the energy to spend at most (`energy`), or the points of
    accuracy to lose at most (`max_top1_loss`, `max_top5_loss`).
    """

    measure: Measure
    limit: float

    def __post_init__(self) -> None:
        check_said({"goal": {self.measure: self.limit}})

    @property
    def rank(self) -> int:
        """Among how many first classes the right one has to be; 1 where energy is the goal."""
        return 5 if self.measure == "max_top5_loss" else 1

    def __str__(self) -> str:
        if self.measure == "energy":
            return f"at most {self.limit:g} of the energy"
        points = "point" if self.limit == 1 else "points"
        return f"at most {self.limit:g} {points} of top-{self.rank} accuracy lost"


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
class Rule:
    """What holds for a layer; None is what holds for all."""

    prune: bool = True
    lowest_density: float | None = None
    solver: str | None = None


#: The settings that are no sections of a recipe.
PLAIN: Final = ("method", "solver", "lowest_density", "layers", "seed", "device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to prune. `layers` are exceptions by name or shell pattern, as keys of `Rule`."""

    method: Method | None = None
    solver: str = "obc"
    lowest_density: float = 0.02
    rounds: Rounds = Rounds()
    calibration: Calibration = Calibration()
    finetune: tuning.Settings = field(default_factory=lambda: tuning.Settings(steps=STEPS))
    layers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    seed: int = 0
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_said({key: getattr(self, key) for key in PLAIN})


class AlwaysMet(Error):
    """No top-5 accuracy can be lost where there are so few `classes`."""

    classes: int

    def __str__(self) -> str:
        return (
            f"of {self.classes} classes the right one is always among the first five:"
            " max_top1_loss is a goal, max_top5_loss is none"
        )


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


def rules(settings: Settings, names: Iterable[str]) -> dict[str, Rule]:
    """What holds for each of the layers; of several patterns that match, the later says more.

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
    return {name: Rule(**said) for name, said in found.items()}  # type: ignore[arg-type]


#: What holds where nothing is said.
DEFAULT: Final = Settings()
