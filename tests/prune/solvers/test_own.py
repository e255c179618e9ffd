"""A solver of one's own, as docs/extending.md has it, and what a run remembers of it."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch

import prune
from hwsim.extensions import NotLoaded
from prune.limits import NotAllowed
from prune.models import build
from prune.pipeline import ready
from prune.run.journal import AnotherRun
from prune.run.key import run_key
from prune.schedule import reach
from prune.solvers import solver
from prune.solvers.gram import SampledRows
from prune.solvers.interface import WrongSelection
from prune.training.finetune import Training as Tuning
from prune.weights import save
from tests.command.call import ROOT, process
from tests.command.test_brought import blocks, ini, installed
from tests.prune.small import QUICK, RECIPE, bench
from tests.prune.solvers.problems import rows, samples, weights

HALF = prune.Goal(measure="energy", limit=0.5)


@dataclass(frozen=True)
class Drawn(prune.Solver):
    """Keeps weights that are drawn."""

    name: str = "drawn"
    seed: int = 0

    def choose(self, group: prune.Filters) -> prune.Selection:
        """Choose whatever comes."""
        numbers = torch.Generator().manual_seed(self.seed)
        scores = torch.rand(group.weights.shape, generator=numbers)
        return prune.Selection(masks=group.masks(scores), how="drawn")


class Newer(Drawn):
    """The same, which chooses otherwise."""

    version = "2"


class Plain(prune.Solver):
    """One that is no dataclass, and has all rows that were sampled."""

    name = "plain"
    needs_rows = True
    refits = False

    def __init__(self, power: int) -> None:
        self.power = power

    def choose(self, group: prune.Filters) -> prune.Selection:
        """Choose the largest weights, as they are."""
        assert isinstance(group.samples.fit, SampledRows)
        return prune.Selection(masks=group.masks(group.weights.abs()), how="plain")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package of the page, installed, and one that brings what is no solver."""
    (points,) = blocks("toml")
    (source,) = (one for one in blocks("python") if "acme/solvers.py" in one)
    site = tmp_path / "site"
    installed(site, "acme", ini(points), {"solvers": source})
    odd = '[prune.solvers]\nclassy = "acme.solvers:ByActivity"\nobc = "acme.solvers:ACTIVITY"\n'
    installed(site, "odd", odd.replace('"', ""), {})
    monkeypatch.syspath_prepend(site)
    return site


def call(site: Path, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """How a command ended beside what is installed in the site, called in a folder."""
    environment = {"PYTHONPATH": f"{site}:{ROOT}", "COLUMNS": "100"}
    running = process(*arguments, env=environment, cwd=folder)
    out, complaints = running.communicate(timeout=120)
    return running.returncode, out, complaints


def test_a_solver_that_a_package_brings_has_a_name_in_recipes(site: Path, tmp_path: Path) -> None:
    """For all layers and for some; the help lists it; misspelt, it is what was meant."""
    save(build("digits"), tmp_path / "dense.safetensors")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"{RECIPE}layers: {{'conv*': {{solver: activity}}}}\n", "utf-8")
    status, plan, _ = call(site, tmp_path, "prune", "recipe.yaml", "--solver", "ols", "--dry-run")
    assert status == 0
    solvers = {line.split()[0]: line.split()[2] for line in plan.splitlines() if "x" in line[:40]}
    assert {layer: name for layer, name in solvers.items() if layer[:2] in ("co", "fc")} == {
        "conv1": "activity",
        "conv2": "activity",
        "fc1": "ols",
        "fc2": "ols",
    }
    refused = call(site, tmp_path, "check", "recipe.yaml")
    assert refused[0] == 0
    recipe.write_text(RECIPE + "solver: activty\n", "utf-8")
    status, _, refused_by = call(site, tmp_path, "check", "recipe.yaml")
    known = "eap, magnitude, magnitude+ls, ols, obc, "
    assert status == 1
    assert f"recipe.yaml:8:9: solver: must be one of {known}" in refused_by
    assert "not 'activty'; did you mean activity?" in refused_by
    recipe.write_text(RECIPE + "layers: {fc1: {solver: classy}}\n", "utf-8")
    status, _, refused_by = call(site, tmp_path, "check", "recipe.yaml")
    assert status == 1
    assert refused_by.startswith(
        "recipe.yaml:8:24: layers.fc1.solver: classy, which the package odd"
    )
    listed = " ".join(call(site, tmp_path, "prune", "--help")[1].split())
    assert re.search(r"magnitude\+ls, ols, obc, .*activity", listed)


def test_what_ships_keeps_its_name_and_what_is_no_solver_is_refused(site: Path) -> None:
    """A class in the place of an object says so, in the words of the package."""
    assert solver("obc").identity.startswith("prune.solvers.selection.Backward")
    assert solver("activity").name == "activity"
    with pytest.raises(NotLoaded, match=r"classy, .* brings .* an object of a class that extends"):
        solver("classy")


def test_a_run_with_a_solver_of_ones_own_goes_on_with_it_alone(tmp_path: Path) -> None:
    """The outcome is that of the run at once; another solver, seed or version is refused."""
    quick = replace(QUICK, finetune=Tuning(steps=0), solver=Drawn(seed=3))
    whole = reach(bench(quick), HALF)
    kept = reach(ready(bench(quick), HALF, folder=tmp_path), HALF)
    again = reach(ready(bench(quick), HALF, folder=tmp_path), HALF)
    for name, tensor in whole.state.items():
        assert torch.equal(tensor, kept.state[name])
        assert torch.equal(tensor, again.state[name])
    others: list[str | prune.Solver] = [Drawn(seed=4), Newer(seed=3), "obc"]
    for other in others:
        with pytest.raises(AnotherRun, match="differs in settings"):
            ready(bench(replace(quick, solver=other)), HALF, folder=tmp_path)


def test_a_solver_may_be_that_of_some_layers_and_have_the_rows() -> None:
    """The others have theirs; what it says of itself is what tells its runs from others."""
    given = bench(replace(QUICK, layers={"conv": {"solver": Plain(2)}})).given
    assert {name: layer.solver.name for name, layer in given.layers.items()} == {
        "conv": "plain",
        "hidden": "obc",
        "last": "obc",
    }
    assert "test_own.Plain Plain(power=2)" in run_key(given, HALF)["settings"]
    outcome = reach(bench(replace(QUICK, finetune=Tuning(steps=0), solver=Plain(1))), HALF)
    assert outcome.share <= 0.5


@pytest.mark.parametrize("given", [Drawn, 3, object()], ids=["class", "number", "object"])
def test_what_is_no_solver_is_refused_at_once(given: object) -> None:
    """With what is expected in its place, also for some layers."""
    expected = "must be a solver's name, or an object of a class that extends prune.solvers."
    for key_, wrong in (
        ("solver", {"solver": given}),
        (r"layers\.conv\.solver", {"layers": {"conv": {"solver": given}}}),
    ):
        with pytest.raises(NotAllowed, match=f"{key_}: {expected}"):
            prune.Settings(**wrong)


def odd(masks: object) -> prune.Solver:
    """A solver that chooses these masks, whatever it is given."""

    class Odd(prune.Solver):
        name = "odd"

        def choose(self, group: prune.Filters) -> prune.Selection:
            return prune.Selection(masks=masks, how="oddly")  # type: ignore[arg-type]

    return Odd()


@pytest.mark.parametrize(
    ("masks", "what"),
    [
        ((), "0 masks for 1 counts"),
        ((torch.ones(2, 4),), r"a mask of torch.float32 and shape \(2, 4\), not of torch.bool"),
        ((torch.ones(4, 2, dtype=torch.bool),), r"shape \(4, 2\), not of torch.bool and shape"),
        ((torch.ones(2, 4, dtype=torch.bool),), "4 units of a pool, not 3 at most"),
    ],
)
def test_a_solver_that_chooses_what_cannot_be_is_told_so(masks: object, what: str) -> None:
    """By its name, and before anything is made of it."""
    group = samples(rows(20, 4, 2))
    with pytest.raises(WrongSelection, match=f"the solver odd chose what it should not: .*{what}"):
        odd(masks).solve(group, weights(4, 2), 3)
