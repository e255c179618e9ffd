"""The cycles of layers by their causes: computing, filling and draining, and what is waited for."""

from rich.table import Table

from hwsim.cost import Cost
from hwsim.report.figures import percent, si
from hwsim.report.layout import Row, table
from hwsim.result import Result

FILLING = "filling and draining"


def says_why(result: Result) -> bool:
    """Whether cycles have other causes than computing and the one component that binds."""
    costs = [each.cost for each in result.layers]
    return any(cost.fill_cycles or len(cost.stall_cycles) > 1 for cost in costs)


def causes_table(result: Result) -> Table:
    """Of each layer the shares of its cycles; of components those that are waited for."""
    cost = result.cost
    waited = [name for name in result.architecture.components if name in cost.stall_cycles]
    heads = ("share, %", "cycles", "computing", "filling,\ndraining", *map(_headed, waited))
    rows = [_row(each.name, each.cost, waited) for each in result.layers]
    return table(heads, rows, [_row("total", cost, waited)])


def _headed(component: str) -> str:
    return "\n".join(("waiting:", *component.split("_")))


def _row(name: str, cost: Cost, waited: list[str]) -> Row:
    stalls = (cost.stall_cycles.get(other, 0) for other in waited)
    parts = (cost.compute_cycles, cost.fill_cycles, *stalls)
    return name, si(cost.cycles), *(percent(part, cost.cycles) for part in parts)


def causes_told(cost: Cost) -> str:
    """The causes of a layer's cycles in a line, the most of what is waited for first."""
    told = [f"computing {_share(cost.compute_cycles, cost)}"]
    if cost.fill_cycles:
        told.append(f"{FILLING} {_share(cost.fill_cycles, cost)}")
    stalls = sorted(cost.stall_cycles.items(), key=lambda stall: -stall[1])
    told += [f"waiting for {name} {_share(cycles, cost)}" for name, cycles in stalls]
    return ", ".join(told)


def _share(cycles: int, cost: Cost) -> str:
    return f"{si(cycles)} ({percent(cycles, cost.cycles)} %)"
