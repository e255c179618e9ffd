"""A pruned network, fine-tuned with its zeros held, beside the dense one."""

from dataclasses import replace

from prune.run.bench import Bench
from prune.run.events import Trained, Tuned
from prune.run.given import seeded
from prune.run.position import State
from prune.training.finetune import EVERY_SECONDS, finetune
from prune.training.masks import hold, release, zeros_of


def tuned(bench: Bench, state: State, step: str, *, every_seconds: float = EVERY_SECONDS) -> State:
    """The tensors of the network after fine-tuning, zero where its weights were; an interrupted
    one goes on where it was, or was about so many seconds before.
    """
    wanted = bench.given.settings.finetune
    model = bench.running.with_(state)
    folder = bench.journal.folder
    settings = replace(wanted, seed=seeded(bench.given.settings.seed, step))
    hold(model, zeros_of(model))
    try:
        losses = finetune(
            model,
            bench.given.train,
            settings,
            teacher=bench.given.dense if settings.distill else None,
            device=bench.given.settings.device,
            checkpoint=folder / step / "finetune.pt" if folder else None,
            every_seconds=every_seconds,
            progress=lambda one: bench.tell(Trained(stage=step, trained=one)),
        )
    finally:
        release(model)
    bench.tell(Tuned(step=f"{step}/finetune", steps=len(losses), loss=losses[-1]))
    return {key: tensor.detach().cpu().clone() for key, tensor in model.state_dict().items()}
