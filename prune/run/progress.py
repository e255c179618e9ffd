"""What a run tells of itself while it goes on."""

from collections.abc import Mapping
from typing import Any, Protocol

from prune.training.finetune import Step


class Progress(Protocol):
    """Listens to a run."""

    def began(self, stage: str, layers: int) -> None:
        """A stage, as a round, has begun, with so many layers to prune."""
        ...

    def did(self, step: str, facts: Mapping[str, Any]) -> None:
        """A step is done, now or before an interruption; `facts` are what it kept."""
        ...

    def trained(self, stage: str, step: Step) -> None:
        """A step of a stage's fine-tuning is done, now."""
        ...


class Silent:
    """Listens, and says nothing."""

    def began(self, stage: str, layers: int) -> None:
        """Nothing."""

    def did(self, step: str, facts: Mapping[str, Any]) -> None:
        """Nothing."""

    def trained(self, stage: str, step: Step) -> None:
        """Nothing."""
