"""What is given, the network that runs, and who is told: all that a run works with."""

from dataclasses import dataclass, field, replace

from prune.oracle import layer_energies
from prune.run.events import Listener, silent
from prune.run.given import Given
from prune.run.journal import Journal
from prune.run.position import Position, Seen, State
from prune.run.running import Running


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bench:
    """All that a run works with: steps are kept in the `journal`, and events are told."""

    given: Given
    running: Running
    journal: Journal = field(default_factory=Journal)
    tell: Listener = silent

    def keeping(self, state: State) -> "Bench":
        """The bench whose layers are solved to give what the network with these tensors gives."""
        return replace(self, given=self.given.keeping(state))

    def start(self) -> Position:
        """The dense network."""
        tensors = self.given.dense.state_dict().items()
        return self.position({key: tensor.detach().clone() for key, tensor in tensors})

    def position(self, state: State) -> Position:
        """Where the network with these tensors stands."""
        return Position(state=state, seen=self.see(state))

    def see(self, state: State) -> Seen:
        """What there is to measure of the network with these tensors."""
        loss, contents = self.loss(state), self.running.contents(state)
        priced = layer_energies(self.given.oracles, contents)
        return Seen(loss=loss, contents=contents, energies=priced)

    def loss(self, state: State) -> float:
        """The loss of the network with these tensors on the held-out images, in nats."""
        return self.running.evaluation(state, self.given.held).loss
