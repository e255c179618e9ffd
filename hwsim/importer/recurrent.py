"""A recurrent layer to the matrix products that it is made of, entered in a graph."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from hwsim.importer.graph import Graph
from hwsim.workload.convolution import fully_connected
from hwsim.workload.data import DENSE, Data
from hwsim.workload.layer import Layer

#: The products of a recurrent layer: of all inputs, of the state of a step, of what it becomes.
INPUT, HIDDEN, CANDIDATE, PROJECTION = "input", "hidden", "candidate", "projection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One direction of a recurrent layer: `features` enter `hidden` units of so many `gates`.

    The state that a step hands on is `projected` to fewer features, if that is not 0. The last gate
    may be `apart`: it reads the state only after another gate has changed it. `data` says by
    product what its weights contain.
    """

    features: int
    hidden: int
    gates: int
    projected: int = 0
    apart: bool = False
    reverse: bool = False
    data: Mapping[str, Data] = field(default_factory=dict)

    @property
    def state(self) -> int:
        """Features of the state."""
        return self.projected or self.hidden

    @property
    def each_step(self) -> Iterator[tuple[str, tuple[int, int]]]:
        """The products of a step with what the step before has left, and their features."""
        yield HIDDEN, (self.state, (self.gates - self.apart) * self.hidden)
        if self.apart:
            yield CANDIDATE, (self.state, self.hidden)
        if self.projected:
            yield PROJECTION, (self.hidden, self.projected)


def recurrent_of(cell: Cell, *, images: int, steps: int) -> dict[str, Layer]:
    """The layers of one direction of a recurrent layer, by what they multiply.

    The inputs of all steps are there before the first, and are one product of a sequence; a step's
    state is there when the step before has ended, so that its products run once for each step.

    >>> gru = recurrent_of(Cell(features=64, hidden=64, gates=3), images=2, steps=10)
    >>> {part: (layer.times, layer.macs) for part, layer in gru.items()}
    {'input': (1, 245760), 'hidden': (10, 245760)}
    """
    entering = (cell.features, cell.gates * cell.hidden)
    of_steps = {
        part: fully_connected(part, batch=images, features=features)
        for part, features in cell.each_step
    }
    return {
        INPUT: fully_connected(INPUT, batch=images, features=entering, positions=steps),
        **{part: replace(layer, times=steps) for part, layer in of_steps.items()},
    }


def enter(
    graph: Graph,
    name: str,
    layers: Sequence[Sequence[Cell]],
    *,
    images: int,
    steps: int,
    inputs: tuple[str, ...],
    states: tuple[str, ...] = (),
    values: Sequence[str] = (),
) -> list[dict[str, Layer]]:
    """Enter recurrent layers, each of which reads the one before: the products of every cell.

    The first reads the nodes `inputs`; all read `states` at their first steps. `values` are names
    of what they yield.
    """
    entered = list[dict[str, Layer]]()
    for number, cells in enumerate(layers):
        stem = f"{name}.{number}" if len(layers) > 1 else name
        ends = list[str]()
        for cell in cells:
            of_cell = f"{stem}.reverse" if cell.reverse else stem
            products, sources = dict[str, Layer](), inputs
            for part, layer in recurrent_of(cell, images=images, steps=steps).items():
                data = cell.data.get(part, DENSE)
                named = replace(layer, name=graph.name(f"{of_cell}.{part}"), data=data)
                graph.price(named, sources, (images, steps, named.bounds["M"]))
                products[part], sources = named, tuple(dict.fromkeys((named.name, *states)))
            entered.append(products)
            ends.append(sources[0])
        inputs = (_together(graph, stem, ends, (images, steps, sum(cell.state for cell in cells))),)
    graph.made |= dict.fromkeys(values, inputs[0])
    return entered


def _together(graph: Graph, stem: str, ends: Sequence[str], shape: Sequence[int]) -> str:
    """The node with the features of all directions side by side."""
    if len(ends) == 1:
        return ends[0]
    name = graph.name(f"{stem}.concatenation")
    graph.add(name, "concatenation", tuple(ends), shape, name)
    return name
