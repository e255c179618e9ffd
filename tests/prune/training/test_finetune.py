"""Fine-tuning: held zeros stay, a teacher is followed, and no interruption changes the result."""

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import spawn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, TensorDataset

from prune.data import Augmentation, ImagePart, augmented, digits, images, split
from prune.models import build, definition
from prune.network.evaluate import evaluate
from prune.training.checkpoint import OtherRun
from prune.training.finetune import (
    AllFrozen,
    Diverged,
    Training,
    TrainingStep,
    Unshared,
    distillation,
    finetune,
)
from prune.training.masks import apply, held, hold, masks_of, revived

QUICK = Training(steps=6, batch=8, learning_rate=0.05)


class Interrupted(Exception):
    """Stands for whatever ends a process."""


class Dropping(nn.Module):
    """A model whose training draws at random, and has a batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(1)
        self.drop = nn.Dropout()
        self.fc = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """The logits."""
        logits: Tensor = self.fc(self.drop(self.norm(x).flatten(1)))
        return logits


def dropping() -> Dropping:
    """A new one, always the same."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Dropping()


def some(number: int = 40) -> TensorDataset:
    """Images of noise."""
    noise = torch.Generator().manual_seed(0)
    labels = torch.randint(10, (number,), generator=noise)
    return TensorDataset(torch.randn(number, 1, 8, 8, generator=noise), labels)


def thinned() -> nn.Module:
    """A model of which every other weight is zero, always the same."""
    model = build("digits")
    apply(
        model,
        {
            name: torch.arange(mask.numel()).reshape(mask.shape) % 2 == 1
            for name, mask in masks_of(model).items()
        },
    )
    return model


def parts_of_digits() -> dict[str, ImagePart]:
    """Handwritten digits to train on and to evaluate with."""
    pictures = images(digits(), definition("digits").preprocessing)
    return split(pictures, {"training": 1297, "evaluation": 500})


def same(first: nn.Module, second: nn.Module) -> bool:
    """Whether the states of two models are equal, bit by bit."""
    states = first.state_dict(), second.state_dict()
    return all(torch.equal(states[0][key], states[1][key]) for key in states[0])


def interrupt(model: nn.Module, step: int) -> None:
    """Let the model be interrupted in the midst of the step of that number, from 1."""
    runs = count(1)

    def hook(*_: object) -> None:
        if next(runs) == step:
            raise Interrupted

    model.register_forward_hook(hook)


def test_digits_are_learnt_in_seconds() -> None:
    model, parts = build("digits"), parts_of_digits()
    settings = Training(steps=200, batch=32, learning_rate=0.1)
    finetune(model, parts["training"], settings)
    found = evaluate(model, DataLoader(parts["evaluation"], batch_size=100))
    assert found.top1 > 0.96


def test_zeros_are_held_without_being_asked_for() -> None:
    model, masks = thinned(), masks_of(thinned())
    finetune(model, some(), QUICK)
    assert revived(model, masks) == {}
    assert held(model) == {}


def test_zeros_that_the_caller_holds_are_held_on() -> None:
    model = build("digits")
    masks = {"fc1.weight": torch.zeros(64, 512, dtype=torch.bool)}
    hold(model, masks)
    finetune(model, some(), QUICK)
    assert revived(model, masks) == {}
    assert held(model).keys() == masks.keys()


def test_the_seed_decides_the_result() -> None:
    first, again, other = dropping(), dropping(), dropping()
    finetune(first, some(), QUICK)
    torch.manual_seed(9)
    finetune(again, some(), QUICK)
    finetune(other, some(), replace(QUICK, seed=1))
    assert same(first, again)
    assert not same(first, other)


def test_images_that_are_augmented_change_the_result_and_the_seed_still_decides_it() -> None:
    plain, first, again = dropping(), dropping(), dropping()
    settings = replace(QUICK, augment=Augmentation(shift=2, flip=True))
    finetune(plain, some(), QUICK)
    finetune(first, some(), settings)
    torch.manual_seed(9)
    finetune(again, some(), settings)
    assert same(first, again)
    assert not same(first, plain)


def test_the_callers_random_numbers_are_left_alone() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    finetune(dropping(), some(), QUICK)
    assert torch.equal(torch.rand(3), expected)


def test_processes_that_load_images_change_nothing() -> None:
    alone, helped = dropping(), dropping()
    finetune(alone, some(), QUICK)
    finetune(helped, some(), QUICK, workers=1)
    assert same(alone, helped)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("augment", [None, Augmentation(shift=2, flip=True)])
def test_an_interrupted_run_ends_as_if_it_had_not_been(
    optimizer: Literal["sgd", "adam"], augment: Augmentation | None, tmp_path: Path
) -> None:
    settings = replace(QUICK, optimizer=optimizer, augment=augment)
    whole, broken = dropping(), dropping()
    losses = finetune(whole, some(), settings)
    kept = tmp_path / "run.pt"
    interrupt(broken, 5)
    with pytest.raises(Interrupted):
        finetune(broken, some(), settings, checkpoint=kept, every_seconds=0)
    resumed, numbers = dropping(), []
    found = finetune(
        resumed,
        some(),
        settings,
        checkpoint=kept,
        progress=lambda step: numbers.append(step.number),
    )
    assert numbers == [5, 6]
    assert found == losses
    assert same(resumed, whole)


def test_a_finished_run_is_not_repeated(tmp_path: Path) -> None:
    first, second = dropping(), dropping()
    numbers: list[TrainingStep] = []
    losses = finetune(first, some(), QUICK, checkpoint=tmp_path / "run.pt")
    found = finetune(second, some(), QUICK, checkpoint=tmp_path / "run.pt", progress=numbers.append)
    assert (found, numbers) == (losses, [])
    assert same(first, second)


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    finetune(dropping(), some(), QUICK, checkpoint=path)
    with pytest.raises(OtherRun, match="is no checkpoint of this model, these images and these"):
        finetune(dropping(), some(), replace(QUICK, seed=1), checkpoint=path)
    path.write_bytes(b"no checkpoint")
    with pytest.raises(OtherRun):
        finetune(dropping(), some(), QUICK, checkpoint=path)


def test_a_student_comes_closer_to_its_teacher_without_labels() -> None:
    teacher, student = build("digits", seed=1), build("digits", seed=2)
    losses = finetune(
        student,
        some(),
        Training(steps=60, batch=40, learning_rate=0.02, distill=1),
        teacher=teacher,
    )
    assert losses[-1] < losses[0] / 2


def test_distillation_of_what_is_said_alike_is_nothing_and_at_high_temperature_a_distance() -> None:
    noise = torch.Generator().manual_seed(0)
    logits, target = torch.randn(2, 5, 10, generator=noise, dtype=torch.float64)
    assert float(distillation(logits, logits, 4)) == pytest.approx(0)
    centred = [values - values.mean(1, keepdim=True) for values in (logits, target)]
    # Hinton et al., equation 4: in the limit, half the squared distance of centred logits, over N.
    limit = float((centred[0] - centred[1]).square().sum(1).mean()) / (2 * 10)
    assert float(distillation(logits, target, 1e4)) == pytest.approx(limit, rel=1e-3)


def test_one_step_of_plain_descent_is_the_gradient_times_the_rate() -> None:
    model, reference = build("digits"), build("digits")
    dataset = some(8)
    settings = Training(steps=1, batch=8, learning_rate=0.1, momentum=0, weight_decay=0)
    (loss,) = finetune(model, dataset, settings)
    expected = cross_entropy(reference(dataset.tensors[0]), dataset.tensors[1])
    expected.backward()  # type: ignore[no-untyped-call]
    assert loss == pytest.approx(expected.item(), rel=1e-5)
    for parameter, before in zip(model.parameters(), reference.parameters(), strict=True):
        assert before.grad is not None
        torch.testing.assert_close(parameter, before - 0.1 * before.grad)


def test_batch_norms_keep_their_statistics_if_wanted() -> None:
    kept, moved = dropping(), dropping()
    finetune(kept, some(), replace(QUICK, keep_norms=True))
    finetune(moved, some(), QUICK)
    assert kept.norm.get_buffer("running_mean").tolist() == [0]
    assert moved.norm.get_buffer("running_mean").tolist() != [0]
    assert kept.norm.training


def test_every_image_is_seen_once_before_any_is_seen_again() -> None:
    class Watched(Dataset[tuple[Tensor, int]]):
        """Images that note that they are seen."""

        def __len__(self) -> int:
            return 12

        def __getitem__(self, index: int) -> tuple[Tensor, int]:
            seen.append(index)
            return torch.zeros(1, 8, 8), 0

    seen: list[int] = []
    finetune(build("digits"), Watched(), replace(QUICK, steps=6, batch=8))
    assert [sorted(seen[start : start + 12]) for start in range(0, 48, 12)] == [list(range(12))] * 4


def test_diverging_is_refused_with_a_remedy() -> None:
    with pytest.raises(Diverged, match=r"a learning rate below 1e\+20 may help"):
        finetune(build("digits"), some(), replace(QUICK, learning_rate=1e20))


def test_a_model_that_is_frozen_is_refused() -> None:
    with pytest.raises(AllFrozen, match="all parameters are frozen"):
        finetune(build("digits").requires_grad_(False), some(), QUICK)


def test_no_images_are_refused() -> None:
    with pytest.raises(ValueError, match="TensorDataset has no images"):
        finetune(build("digits"), TensorDataset(torch.ones(0, 1, 8, 8)), QUICK)


def test_images_are_shifted_and_mirrored_whole() -> None:
    batch = torch.arange(1, 10.0).reshape(1, 1, 3, 3).repeat(200, 1, 1, 1)
    torch.manual_seed(0)
    changed = augmented(batch, Augmentation(shift=1, flip=True))
    distinct = {tuple(image.flatten().tolist()) for image in changed}
    assert len(distinct) == 2 * 9
    assert torch.equal(augmented(batch, Augmentation()), batch)


def together(rank: int, folder: Path) -> None:
    """One of two processes that fine-tune together."""
    torch.set_num_threads(1)
    rendezvous = f"file://{folder}/rendezvous"
    torch.distributed.init_process_group("gloo", rendezvous, rank=rank, world_size=2)
    model = thinned()
    losses = finetune(model, some(), QUICK, checkpoint=folder / "run.pt")
    torch.save((losses, model.state_dict()), folder / f"{rank}.pt")
    with pytest.raises(Unshared, match="2 processes cannot share a batch of 7"):
        finetune(model, some(), replace(QUICK, batch=7))
    torch.distributed.destroy_process_group()


def test_two_processes_make_of_a_model_what_one_does_and_hold_its_zeros(tmp_path: Path) -> None:
    alone, masks = thinned(), masks_of(thinned())
    expected = finetune(alone, some(), QUICK)
    spawn(together, (tmp_path,), nprocs=2)  # type: ignore[no-untyped-call]
    for rank in range(2):
        losses, state = torch.load(tmp_path / f"{rank}.pt")
        assert losses == pytest.approx(expected, rel=1e-5)
        torch.testing.assert_close(state, alone.state_dict(), rtol=1e-4, atol=1e-6)
        assert not any(state[name][~mask].any() for name, mask in masks.items())
