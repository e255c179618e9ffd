"""Solving: every shape once, from the cache or searched, the same by one process or by several."""

import multiprocessing
import os
import pickle
import signal
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields, replace
from pathlib import Path
from threading import Thread, current_thread
from typing import Any

import pytest

import hwsim.mapper.search
from hwsim import NoMapping, load_architecture, load_network, render, simulate
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.dataflow import Constraint
from hwsim.cache import Cache
from hwsim.mapper import Mapped, Options, mapped
from hwsim.pipeline import collect, simulate_each
from hwsim.solve import solve
from hwsim.workers import WorkerEnded
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from tests.build import convolution, fully_connected
from tests.command.call import CHIP

OPTIONS = Options()


@pytest.fixture(scope="module")
def chip() -> Architecture:
    """The small chip."""
    return load_architecture(CHIP)


@pytest.fixture(scope="module")
def vgg16() -> Network:
    """Sixteen layers of twelve shapes."""
    return load_network("vgg16")


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the layers that are searched in this process, as it happens."""
    names = list[str]()

    def noted(architecture: Architecture, layer: Layer, options: Options, **more: Any) -> Mapped:
        names.append(layer.name)
        return mapped(architecture, layer, options, **more)

    monkeypatch.setattr(hwsim.mapper.search, "mapped", noted)
    return names


@pytest.mark.parametrize("form", ["json", "csv", "text"])
def test_several_jobs_find_what_one_finds(chip: Architecture, vgg16: Network, form: str) -> None:
    """The report is the same, byte by byte, however many processes search."""
    one, two = (simulate(chip, vgg16, layers="conv4*,fc8", jobs=jobs) for jobs in (1, 2))
    assert render(one, form) == render(two, form)


def test_equal_shapes_are_searched_once(
    chip: Architecture, vgg16: Network, searched: list[str]
) -> None:
    """Layers of one shape share a search, and each has its mapping."""
    result = simulate(chip, vgg16)
    assert [layer.name for layer in result.layers] == [layer.name for layer in vgg16.layers]
    assert len(searched) == len(set(searched)) == 12
    nests = {layer.name: layer.nest for layer in result.layers}
    assert nests["conv5_1"] == nests["conv5_2"] == nests["conv5_3"]


def test_what_is_kept_is_not_searched_again(
    chip: Architecture, vgg16: Network, searched: list[str], tmp_path: Path
) -> None:
    """The second time all mappings come from the cache, also for other processes' results."""
    cache = Cache(folder=tmp_path)
    first = simulate(chip, vgg16, layers="conv3*,conv4*", cache=cache, jobs=2)
    assert searched == []
    assert len(cache.entries()) == 4
    again = simulate(chip, vgg16, layers="conv3*,conv4*", cache=cache)
    assert searched == []
    assert render(first, "json") == render(again, "json")
    simulate(chip, vgg16, layers="conv3*,conv4*", cache=cache, objective="cycles")
    assert len(searched) == 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_found_is_kept_at_once(
    chip: Architecture, vgg16: Network, tmp_path: Path, jobs: int
) -> None:
    """Who gives up after a layer has that layer the next time."""
    cache = Cache(folder=tmp_path)
    found = solve(chip, vgg16.layers, OPTIONS, jobs, cache)
    next(found)
    found.close()
    assert cache.entries()


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_layer_without_a_mapping_does_not_take_others_down(
    vgg16: Network, jobs: int, tmp_path: Path
) -> None:
    """The others are simulated; each that has none is named, also where shapes are equal."""
    chip = load_architecture(CHIP, {"components.spad.capacity_words": 8})
    cache = Cache(folder=tmp_path)
    each = simulate_each(chip, vgg16, layers="conv5*,fc*", jobs=jobs, cache=cache)
    result = collect(chip, vgg16, each)
    assert [layer.name for layer in result.layers] == ["fc6", "fc7", "fc8"]
    assert [*result.unmapped] == ["conv5_1", "conv5_2", "conv5_3"]
    assert len(cache.entries()) == 3
    with pytest.raises(NoMapping) as raised:
        simulate(chip, vgg16, layers="conv5*,fc*", jobs=jobs)
    assert raised.value.reasons == result.unmapped


class Watched(dict[str, Constraint]):
    """Constraints that use the architecture that they are of while they are pickled."""

    def __init__(self, constraints: Mapping[str, Constraint]) -> None:
        super().__init__(constraints)
        self.chip: Architecture | None = None
        self.threads: set[Thread] = set()

    def __reduce__(self) -> tuple[object, ...]:
        self.threads.add(current_thread())
        assert self.chip
        assert self.chip.graph
        assert self.chip.links
        assert self.chip.position(self.chip.compute.name)
        return dict, (dict(self),)


def watched(chip: Architecture) -> tuple[Architecture, Watched]:
    """The chip, and its constraints, which are watched."""
    constraints = Watched(chip.dataflow.constraints)
    made = replace(chip, dataflow=replace(chip.dataflow, constraints=constraints))
    constraints.chip = made
    return made, constraints


def test_an_architecture_in_use_can_be_pickled(chip: Architecture) -> None:
    """What it works out of itself meanwhile is no part of what is pickled."""
    made, _ = watched(chip)
    again = pickle.loads(pickle.dumps(made))
    assert vars(again).keys() == {field.name for field in fields(Architecture)}
    assert again == chip
    assert again.links == chip.links


def test_only_the_thread_that_simulates_pickles(vgg16: Network, chip: Architecture) -> None:
    """No thread of a pool looks at an architecture that this one goes on to use."""
    made, constraints = watched(chip)
    two = simulate(made, vgg16, layers="conv4*,fc8", jobs=2)
    assert constraints.threads == {current_thread()}
    assert render(two, "json") == render(simulate(chip, vgg16, layers="conv4*,fc8"), "json")


# --- Processes -------------------------------------------------------------------------------


def many() -> list[Layer]:
    """A quick layer, then so many of other shapes that they take long."""
    slow = [convolution(M=256, C=128 + at, P=56, Q=56, R=3, S=3) for at in range(200)]
    return [fully_connected(M=2, C=3), *slow]


def workers() -> list[int]:
    """The processes that this one has started."""
    return [process.pid or 0 for process in multiprocessing.active_children()]


@pytest.mark.parametrize("error", [GeneratorExit, KeyboardInterrupt, ZeroDivisionError])
def test_no_process_goes_on_in_vain(error: type[BaseException]) -> None:
    """Whatever ends the iteration ends the processes that search for it, and long before time."""
    found = solve(load_architecture("eyeriss"), many(), OPTIONS, jobs=2)
    next(found)
    assert len(workers()) == 2
    with pytest.raises(error):
        found.throw(error)
    assert not workers()


def test_a_process_that_is_killed_does_not_stop_the_world() -> None:
    """When the system kills one, as when memory runs out, that is said, and the others end."""
    found = solve(load_architecture("eyeriss"), many(), OPTIONS, jobs=2)
    next(found)
    os.kill(workers()[0], signal.SIGKILL)
    with pytest.raises(WorkerEnded, match="as when memory runs out: fewer jobs need less"):
        list(found)
    assert not workers()


def test_giving_up_leaves_the_processes_of_others_alone(chip: Architecture, vgg16: Network) -> None:
    """Two iterations at a time do not know of each other."""
    lasting = solve(chip, vgg16.layers, OPTIONS, jobs=2)
    first = next(lasting)
    given_up = solve(chip, vgg16.layers[1:], OPTIONS, jobs=2)
    next(given_up)
    given_up.close()
    assert [first, *lasting] == [*solve(chip, vgg16.layers, OPTIONS)]


def test_one_layer_needs_no_process(chip: Architecture, searched: list[str]) -> None:
    """What one process can do as quickly is done here."""
    layer = replace(convolution(M=4, C=2), name="alone")
    assert len([*solve(chip, [layer, layer], OPTIONS, jobs=4)]) == 2
    assert searched == ["alone"]


def test_ctrl_c_waits_until_the_processes_have_ended(
    chip: Architecture, vgg16: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pressed while they are asked to end, it is heard afterwards, and leaves none behind."""
    shutdown = ProcessPoolExecutor.shutdown

    def pressed(self: ProcessPoolExecutor, **how: bool) -> None:
        signal.raise_signal(signal.SIGINT)
        shutdown(self, **how)

    monkeypatch.setattr(ProcessPoolExecutor, "shutdown", pressed)
    found = solve(chip, vgg16.layers[:3], OPTIONS, jobs=2)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background, too
    try:
        with pytest.raises(KeyboardInterrupt):
            list(found)
    finally:
        signal.signal(signal.SIGINT, before)
    assert not workers()
