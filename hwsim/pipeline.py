"""The simulator from end to end: an architecture and a network to the cost of every layer."""

import os
from collections import abc
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from hwsim import architecture as architectures
from hwsim import mapping as mappings
from hwsim import specification
from hwsim import workload as workloads
from hwsim.architecture.architecture import Architecture
from hwsim.cache import Cache
from hwsim.estimators import Estimator
from hwsim.importer import Importer, importer_of
from hwsim.mapper import NoMapping, Options, Tell
from hwsim.mapping.mapping import Mapping
from hwsim.mapping.nest import Nest
from hwsim.priced import priced
from hwsim.result import LayerResult, Result
from hwsim.simulated import simulated
from hwsim.solve import Solved, solve
from hwsim.sparsity.formats.named import brought
from hwsim.vocabulary import SECONDS, Objective, Tiles
from hwsim.within import ANYTHING, BadLimit, Within, WithinSaid
from hwsim.workload.data import Data
from hwsim.workload.layer import Layer
from hwsim.workload.network import Network
from hwsim.workload.select import select

if TYPE_CHECKING:
    from hwsim.fronts import Front

DEFAULT = Options()
DENSE = "limits and fronts are of what zeros leave: a dense mapping is found without either"


def load_architecture(
    name_or_path: str | os.PathLike[str],
    overrides: specification.Overrides = (),
    *,
    estimators: Iterable[Estimator] = (),
) -> Architecture:
    """Load the architecture of a shipped name or of a file, changed by `overrides`.

    Overrides are texts `path=value`, or a mapping from paths to values. `estimators` are of your
    own: the file's energies may name them, beside those that are shipped or installed.

    Raises:
        SpecificationError: the file, or an override, has mistakes.
        NotLoaded: it names a format that a package brings and that cannot be loaded.
    """
    document = specification.load("architecture", name_or_path, overrides)
    made = architectures.build(document, estimators)
    brought(made)
    return made


def load_network(
    name_or_path: str | os.PathLike[str],
    batch: int | None = None,
    *,
    skip: str = "",
    shapes: abc.Mapping[str, abc.Sequence[int]] | None = None,
    dims: abc.Mapping[str, int] | None = None,
    importer: Importer | abc.Callable[..., Network] | None = None,
) -> Network:
    """Load the network of a shipped name or of a file, for `batch` images if that is given.

    The suffix of the file says what it is: YAML, ONNX (`.onnx`), the 25 columns of the energy
    estimation tool (`.txt`), or what an importer of an installed package reads. An `importer`,
    which may be a function of path and batch, reads a file of any suffix. `skip` holds patterns
    between commas: layers whose names match one are left out, and are in `Network.missing`.
    `shapes`, by the names of inputs, and `dims`, by the names of sizes, give the sizes that an ONNX
    file leaves open.

    Raises:
        SpecificationError: a YAML file has mistakes.
        NotImported: a file of another program has operations without a place in a loop nest.
        NoLayer: a pattern of `skip` matches nothing.
    """
    if importer is None:
        importer = importer_of(name_or_path) or YAML
    elif not isinstance(importer, Importer):
        importer = Importer(read=importer)
    return importer.network(name_or_path, batch, shapes=shapes, dims=dims, skip=skip)


def _from_yaml(name_or_path: str | os.PathLike[str], batch: int | None) -> Network:
    return workloads.build(specification.load("network", name_or_path), batch)


YAML = Importer(read=_from_yaml)


def load_mapping(name_or_path: str | os.PathLike[str]) -> Mapping:
    """Load the mapping of a shipped name or of a file; `simulate` checks that it fits.

    Raises:
        SpecificationError: the file has mistakes.
    """
    return mappings.build(specification.load("mapping", name_or_path))


def load_densities(name_or_path: str | os.PathLike[str], network: Network) -> dict[str, Data]:
    """Load what the layers of a network contain, from a shipped name or a file (YAML or CSV).

    `network.containing` takes it and returns the network with these densities and bits.

    Raises:
        SpecificationError: the file has mistakes, or names layers that the network lacks.
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
    within: WithinSaid = (),
    tiles: str = Tiles.balanced,
    limit: int | None = None,
    seconds: float | None = SECONDS,
    jobs: int = 1,
    cache: Cache | None = None,
) -> Result:
    """Simulate the layers of a network whose names match one of the patterns `layers`.

    Patterns stand between commas. A layer that `mapping` names gets that mapping. Every other layer
    gets the best one under the architecture's dataflow: of least `objective`, which is "energy",
    "cycles", or "edp", the product of both. `dense_mapping` takes the best for tensors without
    zeros, whatever they contain.

    `within` are limits: at most so much "energy" (in the architecture's unit), at most so many
    "cycles", or at least so much "utilization", of all these layers together; or of each layer that
    matches, as in `{"conv*.cycles": 1e6}`. Where several layers are limited together, the objective
    is that of their sums, as the product of all energy and all cycles.

    The search tries `tiles` of these sizes: "divisors", "balanced" or "any". For a layer it ends
    without a proof after `limit` candidates or after `seconds` (None: never). `jobs` processes
    search side by side, and `cache` keeps solved mappings.

    Raises:
        SpecificationError: the mapping does not fit.
        BadLimit: `within` says something that cannot be limited.
        NoMapping: layers have no mapping, or none within the limits.
        NoLayer: a pattern matches no layer.
        TypeError: an argument is a name, not what the name stands for.
    """
    options = Options(
        objective=Objective(objective), tiles=Tiles(tiles), limit=limit, seconds=seconds
    )
    said = Within.said(within)
    _check_loaded(architecture=architecture, network=network, mapping=mapping)
    if said.of_sum(select(network, layers)):
        found = front_each(
            architecture,
            network,
            mapping=mapping,
            dense_mapping=dense_mapping,
            layers=layers,
            options=options,
            within=said,
            jobs=jobs,
            cache=cache,
        )
        result = found.best(options.objective)
    else:
        each = simulate_each(
            architecture,
            network,
            mapping=mapping,
            dense_mapping=dense_mapping,
            layers=layers,
            options=options,
            within=said,
            jobs=jobs,
            cache=cache,
        )
        result = collect(architecture, network, each, said)
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
    within: Within = ANYTHING,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> Iterator[LayerResult | NoMapping]:
    """Do as `simulate`, but yield each layer as it is done, or why it has no mapping.

    The limits are those of each layer; `front_each` is for those of a sum. `tell` is told how far
    the search is that is at work. After Ctrl-C the last layer is the best that this search has
    found.
    """
    _check_loaded(architecture=architecture, network=network, mapping=mapping)
    chosen = select(network, layers)
    given = mappings.nests(mapping, architecture, network) if mapping else {}
    within.check(network)
    if dense_mapping and within != ANYTHING:
        raise BadLimit((DENSE,))
    of_each = within.of_each(architecture, chosen)
    limits = {layer.name: own for layer, own in zip(chosen, of_each, strict=True)}
    open_layers = [layer for layer in chosen if layer.name not in given]
    to_solve = [_dense(layer) for layer in open_layers] if dense_mapping else open_layers
    asked = [
        replace(options, within=limits[layer.name].of_one(layer.times)) for layer in open_layers
    ]
    solved = solve(architecture, to_solve, asked, jobs, cache, tell)
    each = _each(architecture, chosen, given, solved, dense_mapping)
    if within == ANYTHING:
        return each
    from hwsim.fronts import within_reach

    return within_reach(architecture, chosen, each, limits, options, cache)


def front(
    architecture: Architecture,
    network: Network,
    *,
    mapping: Mapping | None = None,
    layers: str = "*",
    within: WithinSaid = (),
    tiles: str = Tiles.balanced,
    limit: int | None = None,
    seconds: float | None = SECONDS,
    jobs: int = 1,
    cache: Cache | None = None,
) -> "Front":
    """Find the front of energy and cycles of the layers whose names match one of the patterns.

    Its points are choices of a mapping for each layer: all those than which no other has less
    energy in as few cycles, or fewer cycles with as little energy. Arguments are as for `simulate`;
    `limit` and `seconds` are those of each of the searches, one for each point of a layer's front
    and one more.

    Raises:
        SpecificationError: the mapping does not fit.
        BadLimit: `within` says something that cannot be limited.
        NoMapping: layers have no mapping, or none within the limits.
        NoLayer: a pattern matches no layer.
        TypeError: an argument is a name, not what the name stands for.
    """
    found = front_each(
        architecture,
        network,
        mapping=mapping,
        layers=layers,
        options=Options(tiles=Tiles(tiles), limit=limit, seconds=seconds),
        within=Within.said(within),
        jobs=jobs,
        cache=cache,
    )
    if found.unmapped:
        raise NoMapping(found.unmapped)
    return found


def front_each(
    architecture: Architecture,
    network: Network,
    *,
    mapping: Mapping | None = None,
    dense_mapping: bool = False,
    layers: str = "*",
    options: Options = DEFAULT,
    within: Within = ANYTHING,
    jobs: int = 1,
    cache: Cache | None = None,
    tell: Tell | None = None,
) -> "Front":
    """Do as `front`, but leave out the layers that have no mapping, and say why in `unmapped`.

    Zeros count: `dense_mapping` is refused.
    """
    _check_loaded(architecture=architecture, network=network, mapping=mapping)
    within.check(network)
    if dense_mapping:
        raise BadLimit((DENSE,))
    from hwsim.fronts import front_of  # and numpy

    return front_of(
        architecture,
        network,
        select(network, layers),
        mappings.nests(mapping, architecture, network) if mapping else {},
        options,
        within=within,
        jobs=jobs,
        cache=cache,
        tell=tell,
    )


def _each(
    architecture: Architecture,
    layers: Iterable[Layer],
    given: abc.Mapping[str, Nest],
    solved: Generator[Solved | NoMapping, None, None],
    dense: bool,
) -> Iterator[LayerResult | NoMapping]:
    """Yield each layer on its given nest, or on the one that was solved.

    Layers that share what was solved share its result, unless they were solved without their zeros.
    The processes that solve end with the last layer.
    """
    results: dict[int, LayerResult] = {}
    with closing(solved):
        for layer in layers:
            if layer.name in given:
                yield simulated(architecture, layer, priced(architecture, layer, given[layer.name]))
            elif isinstance(found := next(solved), NoMapping):
                yield found
            elif dense:
                price = priced(architecture, layer, found.price.nest)
                yield simulated(architecture, layer, price, found.certificate)
            else:
                known = results.get(id(found)) or simulated(
                    architecture, layer, found.price, found.certificate
                )
                results[id(found)] = known
                yield replace(known, layer=layer)
        next(solved, None)  # it is told there that Ctrl-C was pressed during the last search


def collect(
    architecture: Architecture,
    network: Network,
    each: Iterable[LayerResult | NoMapping],
    within: Within = ANYTHING,
) -> Result:
    """Return the result of all layers together; `unmapped` are those without a mapping."""
    done = list[LayerResult]()
    unmapped: dict[str, tuple[str, ...]] = {}
    for one in each:
        if isinstance(one, NoMapping):
            unmapped |= one.reasons
        else:
            done.append(one)
    return Result(
        architecture=architecture,
        network=network,
        layers=tuple(done),
        unmapped=unmapped,
        within=within,
    )


def _dense(layer: Layer) -> Layer:
    """Return the layer without its zeros."""
    return replace(layer, data=Data(bits=layer.data.bits))


def _check_loaded(**arguments: object) -> None:
    for kind, given in arguments.items():
        if isinstance(given, str | os.PathLike):
            name = str(given)
            raise TypeError(
                f"{kind} is the name {name!r}: load it with hwsim.load_{kind}({name!r})"
            )
