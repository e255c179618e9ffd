"""The simulator from end to end: an architecture and a network to the cost of every layer."""

import os
from collections import abc
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace

from hwsim import architecture as architectures
from hwsim import mapping as mappings
from hwsim import specification
from hwsim import workload as workloads
from hwsim.accesses.traffic import accesses
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.cost.moved import moved
from hwsim.encoding.stored import stored
from hwsim.encoding.zeros import SAVES_ENERGY, SAVES_TIME, macs_left
from hwsim.importer import Fault, NotImported, is_energy_tool, is_onnx
from hwsim.importer.energy_tool import from_energy_tool
from hwsim.importer.skip import ASKED
from hwsim.mapper import Certificate, NoMapping, Options
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Nest
from hwsim.priced import Priced, priced
from hwsim.result import LayerResult, Result
from hwsim.solve import Solved, Tell, solve
from hwsim.vocabulary import SECONDS, Objective, Tiles
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from hwsim.workload.select import leave_out, select

DEFAULT = Options()


def load_architecture(
    name_or_path: str | os.PathLike[str], overrides: specification.Overrides = ()
) -> Architecture:
    """The architecture of that shipped name or file, changed by `overrides`.

    They are texts `path=value`, or a mapping from paths to values.
    """
    return architectures.build(specification.load("architecture", name_or_path, overrides))


def load_network(
    name_or_path: str | os.PathLike[str],
    batch: int | None = None,
    *,
    skip: str = "",
    shapes: abc.Mapping[str, abc.Sequence[int]] | None = None,
    dims: abc.Mapping[str, int] | None = None,
) -> Network:
    """The network of that shipped name or file, at a batch size if one is given: YAML, ONNX, or the
    25 columns of the energy estimation tool (`.txt`).

    Layers whose names match one of the comma-separated patterns `skip` are left out, and stand
    among what is `missing`; `shapes` of inputs and `dims`, by their names, are sizes that an ONNX
    file leaves open.
    """
    if is_onnx(name_or_path):
        from hwsim.importer.onnx import from_onnx

        return from_onnx(name_or_path, batch, shapes=shapes, dims=dims, skip=skip)
    if shapes or dims:
        fault = Fault("model", "has no open sizes: only an ONNX file can leave sizes open")
        raise NotImported(os.fspath(name_or_path), [fault])
    if is_energy_tool(name_or_path):
        network = from_energy_tool(name_or_path, batch)
    else:
        network = workloads.build(specification.load("network", name_or_path), batch)
    return leave_out(network, skip, ASKED) if skip.strip() else network


def load_mapping(name_or_path: str | os.PathLike[str]) -> Mapping:
    """The mapping of that shipped name or file; it is checked against what it is used with."""
    return mappings.build(specification.load("mapping", name_or_path))


def load_densities(name_or_path: str | os.PathLike[str], network: Network) -> dict[str, Data]:
    """What the layers of a network contain, as that shipped name or file (YAML or CSV) says; for
    `Network.containing`.
    """
    return workloads.contents([specification.load("density", name_or_path)], network)


def simulate(  # noqa: PLR0913 - what can be asked for is many things
    architecture: Architecture,
    network: Network,
    *,
    mapping: Mapping | None = None,
    dense_mapping: bool = False,
    layers: str = "*",
    objective: str = Objective.energy,
    tiles: str = Tiles.balanced,
    limit: int | None = None,
    seconds: float | None = SECONDS,
    jobs: int = 1,
    cache: Cache | None = None,
) -> Result:
    """Simulate the layers whose names match one of the comma-separated patterns `layers`.

    Layers that `mapping` does not name get the best mapping under the architecture's dataflow: of
    least "energy", "cycles" or "edp", their product; with `dense_mapping` the best for tensors
    without zeros, whatever they contain. `tiles` are the sizes that are tried
    ("divisors", "balanced", "any"), `limit` the candidates and `seconds` the time after which a
    layer's search ends without a proof (None: never), `jobs` the processes that search, `cache`
    what keeps solved mappings (`user_cache()`).

    Raises `SpecificationError` for a mapping that does not fit, `NoMapping` for layers that have
    none, `NoLayer` for a pattern that matches none, `TypeError` for a name where what it names is
    expected.
    """
    options = Options(
        objective=Objective(objective), tiles=Tiles(tiles), limit=limit, seconds=seconds
    )
    each = simulate_each(
        architecture,
        network,
        mapping=mapping,
        dense_mapping=dense_mapping,
        layers=layers,
        options=options,
        jobs=jobs,
        cache=cache,
    )
    result = collect(architecture, network, each)
    if result.unmapped:
        raise NoMapping(result.unmapped)
    return result


def simulate_each(
    architecture: Architecture,
    network: Network,
    *,
    mapping: Mapping | None = None,
    dense_mapping: bool = False,
    layers: str = "*",
    options: Options = DEFAULT,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[LayerResult | NoMapping]:
    """As `simulate`, layer by layer: each as it is done, or why it has no mapping. `tell` is told
    how far the search at work is; on Ctrl-C the best that it has is the last.
    """
    _check_loaded(architecture=architecture, network=network, mapping=mapping)
    chosen = select(network, layers)
    given = mappings.nests(mapping, architecture, network) if mapping else {}
    open_layers = [layer for layer in chosen if layer.name not in given]
    to_solve = [_dense(layer) for layer in open_layers] if dense_mapping else open_layers
    solved = solve(architecture, to_solve, options, jobs, cache, tell)
    return _each(architecture, chosen, given, solved, dense_mapping)


def _each(
    architecture: Architecture,
    layers: Iterable[Layer],
    given: abc.Mapping[str, Nest],
    solved: Generator[Solved | NoMapping, None, None],
    dense: bool,
) -> Iterator[LayerResult | NoMapping]:
    """Each layer on its given nest or on what was solved, whose processes end with the last.

    What layers have in common is worked out once, unless they were solved without their zeros.
    """
    results: dict[int, LayerResult] = {}
    with closing(solved):
        for layer in layers:
            if layer.name in given:
                yield _simulated(
                    architecture, layer, priced(architecture, layer, given[layer.name])
                )
            elif isinstance(found := next(solved), NoMapping):
                yield found
            elif dense:
                price = priced(architecture, layer, found.price.nest)
                yield _simulated(architecture, layer, price, found.certificate)
            else:
                known = results.get(id(found)) or _simulated(
                    architecture, layer, found.price, found.certificate
                )
                results[id(found)] = known
                yield replace(known, layer=layer)
        next(solved, None)  # it is told there that Ctrl-C was pressed during the last search


def collect(
    architecture: Architecture, network: Network, each: Iterable[LayerResult | NoMapping]
) -> Result:
    """The result of all layers; `unmapped` are those that have no mapping."""
    done = list[LayerResult]()
    unmapped: dict[str, tuple[str, ...]] = {}
    for one in each:
        if isinstance(one, NoMapping):
            unmapped |= one.reasons
        else:
            done.append(one)
    return Result(architecture=architecture, network=network, layers=tuple(done), unmapped=unmapped)


def _dense(layer: Layer) -> Layer:
    """The layer without its zeros."""
    return replace(layer, data=Data(bits=layer.data.bits))


def _check_loaded(**arguments: object) -> None:
    for kind, given in arguments.items():
        if isinstance(given, str | os.PathLike):
            name = str(given)
            raise TypeError(
                f"{kind} is the name {name!r}: load it with hwsim.load_{kind}({name!r})"
            )


def _simulated(
    architecture: Architecture, layer: Layer, price: Priced, known: Certificate | None = None
) -> LayerResult:
    """The layer at its price; `known` is what is known of a nest that was not given."""
    return LayerResult(
        layer=layer,
        nest=price.nest,
        certificate=known,
        counts=price.counts,
        accesses=accesses(price.words),
        moved=moved(architecture, price.words, layer),
        stored=stored(architecture, layer),
        macs_charged=layer.macs * macs_left(architecture.compute, layer, SAVES_ENERGY),
        macs_timed=layer.macs * macs_left(architecture.compute, layer, SAVES_TIME),
        cost=price.cost,
        active_pes=price.counts.work[architecture.compute.name].peak,
        macs_per_cycle=architecture.macs_per_cycle,
    )
