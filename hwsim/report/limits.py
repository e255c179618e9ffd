"""Limits to words, and what is known of mappings that were chosen within them together."""

from hwsim.report.figures import percent
from hwsim.report.layout import OF_TILES, dataflow
from hwsim.result import Result
from hwsim.within import Limit, Limited, Within


def told_limits(within: Within) -> str:
    """The limits in the words of a report."""
    return "; ".join(map(_limit, within.limits))


def how_chosen(result: Result) -> str:
    """What the choice of all mappings together is the best in."""
    assert result.choice
    tiles = next(each.certificate.tiles for each in result.layers if each.certificate)
    aim = f"{result.choice.objective.aim} of all layers together"
    return f"{aim}, within the limits, {dataflow(result.architecture)}{OF_TILES[tiles]}"


def _limit(limit: Limit) -> str:
    if limit.what is Limited.utilization:
        most = f"at least {percent(limit.amount)} % utilized"
    else:
        amount = float(limit.amount)
        number = f"{int(amount):,}" if amount.is_integer() else f"{amount:,}"
        most = f"at most {number} {'cycles' if limit.what is Limited.cycles else 'of energy'}"
    return f"{most} in each of {limit.layers}" if limit.layers else f"{most} in all"
