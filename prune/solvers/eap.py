"""The paper's step: remove by magnitude more than are to go, restore by the error of the output.

Yang, Chen, Sze, "Designing Energy-Efficient Convolutional Neural Networks using Energy-Aware
Pruning", CVPR 2017, section 4.2 to 4.4, filter by filter:

1. remove the weights of the smallest magnitude, more than are to go;
2. restore, greedily, the removed weights that reduce the l1 error of the output feature map most,
   with the values that they had;
3. fit what stays by least squares, in closed form.

What the paper leaves open, and is decided here:

* Of `q` weights to keep, step 1 leaves `q - round(q RESTORED)`, and step 2 restores the rest.
* Weights are restored in at most `ROUNDS` rounds, each of as many as the next, the best of one
  ranking; with no more weights to restore than rounds it is one at a time. Rounds are fewer where
  they would look at more than `WORK` products (AlexNet's fc6 has two).
* The error is of the outputs before the ReLU, on at most `ROWS` of the rows, evenly spaced.
* The fit has the ridge that every solver has.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

from torch import Tensor

from prune.patterns.pattern import largest
from prune.solvers.gram import SampledRows
from prune.solvers.interface import Filters, Selection, Solver

RESTORED = 0.5
ROUNDS = 32
ROWS = 1000
WORK = 6e10


@dataclass(frozen=True, kw_only=True)
class Eap(Solver):
    """Removes by magnitude, and restores by the error of the output."""

    name: str = "eap"
    needs_rows: bool = True

    def choose(self, group: Filters) -> Selection:
        """Choose the weights that the paper's first two steps leave."""
        evidence = group.samples.fit
        assert isinstance(evidence, SampledRows)
        every = max(1, evidence.count // ROWS)
        rows = SampledRows(
            inputs=evidence.inputs[::every][:ROWS], outputs=evidence.outputs[::every][:ROWS]
        )
        masks = tuple(restored(rows, group.weights, count, group.allowed) for count in group.counts)
        return Selection(masks=masks, how="removed by magnitude, restored by l1 error")


EAP: Final = Eap()


def restored(rows: SampledRows, weights: Tensor, kept: int, allowed: Tensor) -> Tensor:
    """The mask (M, K) of what stays of the weights (M, K), where that is `allowed` (M, K)."""
    back = round(kept * RESTORED)
    rounds = min(ROUNDS, max(1, int(WORK / max(1, weights.numel() * rows.count))))
    mask = largest(weights.abs(), kept - back) & allowed
    weights = weights.to(rows.inputs.dtype)
    columns = rows.inputs.T.contiguous()
    # Of restored weights of the same error, the largest.
    ranks = weights.abs().argsort(dim=1, descending=True, stable=True)
    filters = zip(mask, weights, ranks, rows.outputs.T, allowed, strict=True)
    for stays, filter_weights, filter_ranks, outputs, may in filters:
        left = min(back, int((may & ~stays).sum()))
        while left:
            now = min(left, ceil(back / rounds))
            residual = outputs - (filter_weights * stays) @ columns
            gone = filter_ranks[(may & ~stays)[filter_ranks]]
            effects = filter_weights[gone, None] * columns[gone]
            errors = (residual - effects).abs_().sum(1)
            stays[gone[errors.sort(stable=True).indices[:now]]] = True
            left -= now
    return mask
