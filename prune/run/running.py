"""The network that runs, with whatever tensors are asked for, and what is seen of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from torch import nn
from torch.utils.data import DataLoader, Dataset

from hwsim.workload.data import Data
from prune.network.evaluate import Evaluation, evaluate
from prune.run.position import State

#: Images that run at a time where nothing is learned.
AT_A_TIME: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Running:
    """One `module` on a `device`; `measure` runs it on held images, and says by layer what its
    tensors contain.
    """

    module: nn.Module
    device: str
    measure: Callable[[], Mapping[str, Data]]

    def with_(self, state: State) -> nn.Module:
        """The network with these tensors; the same one, with others, at the next call."""
        self.module.load_state_dict(state)
        return self.module.eval()

    def contents(self, state: State) -> dict[str, Data]:
        """What the layers of the network with these tensors contain on the measured images."""
        self.with_(state)
        return dict(self.measure())

    def evaluation(self, state: State, images: Dataset[Any]) -> Evaluation:
        """What the network with these tensors makes of labelled images."""
        loader = DataLoader(images, batch_size=AT_A_TIME)
        return evaluate(self.with_(state), loader, device=self.device)
