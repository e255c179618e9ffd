"""Energies before and after as bars side by side, a pair for each layer, stacked by tensor."""

import io

from prune.report.breakdown import PARTS, Breakdown

#: Of the tensors and of computing.
COLOURS = {"weights": "#4477aa", "inputs": "#66ccee", "outputs": "#228833", "compute": "#ccbb44"}
WIDTH = 0.4


def picture(before: Breakdown, after: Breakdown, title: str, unit: str) -> bytes:
    """A PNG of the bars; what was is pale."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    layers = list(before.energies)
    figure = Figure(figsize=(max(5.0, 0.4 * len(layers) + 2), 4.5), layout="constrained")
    axes = figure.subplots()
    for offset, one, pale in ((-WIDTH / 2, before, 0.45), (WIDTH / 2, after, 1.0)):
        floors = [0.0] * len(layers)
        places = [place + offset for place in range(len(layers))]
        for part in PARTS:
            heights = [one.energies[layer].get(part, 0.0) for layer in layers]
            label = part if one is after else None
            axes.bar(places, heights, WIDTH, floors, color=COLOURS[part], alpha=pale, label=label)
            floors = [floor + height for floor, height in zip(floors, heights, strict=True)]
    axes.set_xticks(range(len(layers)), layers, rotation=90 if len(layers) > 6 else 0)
    axes.yaxis.set_major_formatter(EngFormatter())
    axes.set_ylabel(f"energy, {unit}; before (pale) and after")
    axes.set_title(title)
    axes.legend()
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120, metadata={"Software": None})
    return content.getvalue()
