"""Documents of densities to what the layers of a network contain."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hwsim.meant import closest
from hwsim.specification import Document, Problem, SpecificationError
from hwsim.workload.data import Data
from hwsim.workload.network import Network
from hwsim.workload.patterns import Patterns


def contents(documents: Iterable[Document], network: Network) -> dict[str, Data]:
    """What each layer contains that the documents name; the last that says something counts.

    What a document does not say stays as the network has it.

    Raises:
        SpecificationError: all patterns that no layer's name matches.
    """
    data = {layer.name: layer.data for layer in network.layers}
    said = dict[str, Data]()
    problems = list[Problem]()
    for document in documents:
        for pattern, facts in document.data["layers"].items():
            names = [*filter(Patterns((pattern,)).match, data)]
            if not names:
                what = f"{network.name} has no priced layer '{pattern}'"
                meant = closest(pattern, data)
                problems.append(document.problem(("layers", pattern), what, meant, at_key=True))
            for name in names:
                data[name] = said[name] = _changed(data[name], facts)
    if problems:
        raise SpecificationError(problems)
    return said


def _changed(data: Data, facts: dict[str, Any]) -> Data:
    """The data with other densities or bits; of other densities it is not known where zeros lie."""
    for tensor, density in facts.items():
        if tensor != "bits":
            data = data.with_density(tensor, density)
    return replace(data, bits={**data.bits, **facts.get("bits", {})})
