"""Networks of the shelf as PyTorch modules, with the names that their authors' programs give."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


def normed(inputs: int, width: int, *, kernel: int, **settings: Any) -> list[nn.Module]:
    """A convolution without bias, and its batch norm."""
    convolution = nn.Conv2d(inputs, width, kernel, bias=False, **settings)
    return [convolution, nn.BatchNorm2d(width)]


# --- ResNet-18 -------------------------------------------------------------------------------


class BasicBlock(nn.Module):
    """torchvision's block of two 3 x 3 convolutions."""

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = normed(inputs, width, kernel=3, stride=stride, padding=1)
        self.conv2, self.bn2 = normed(width, width, kernel=3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        shortcut = normed(inputs, width, kernel=1, stride=stride)
        self.downsample = nn.Sequential(*shortcut) if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.downsample(x) if self.downsample else x
        return self.relu(out)


class ResNet18(nn.Module):
    """torchvision's resnet18."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = normed(3, 64, kernel=7, stride=2, padding=3)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, padding=1)
        widths = (64, 64, 128, 256, 512)
        for stage in range(1, 5):
            inputs, width = widths[stage - 1 : stage + 1]
            first = BasicBlock(inputs, width, stride=1 if stage == 1 else 2)
            self.add_module(f"layer{stage}", nn.Sequential(first, BasicBlock(width, width, 1)))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = self.get_submodule(f"layer{stage}")(x)
        return self.fc(torch.flatten(self.avgpool(x), 1))


# --- MobileNetV2 -----------------------------------------------------------------------------


class InvertedResidual(nn.Module):
    """torchvision's block: expand, filter each channel, project."""

    def __init__(self, inputs: int, width: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        expand = [nn.Sequential(*normed(inputs, inner, kernel=1), nn.ReLU6())]
        filters = normed(inner, inner, kernel=3, stride=stride, padding=1, groups=inner)
        project = normed(inner, width, kernel=1)
        steps = [*(expand if expansion > 1 else []), nn.Sequential(*filters, nn.ReLU6()), *project]
        self.conv = nn.Sequential(*steps)
        self.residual = stride == 1 and inputs == width

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """torchvision's mobilenet_v2."""

    def __init__(self) -> None:
        super().__init__()
        stem = nn.Sequential(*normed(3, 32, kernel=3, stride=2, padding=1), nn.ReLU6())
        blocks, inputs = [], 32
        table = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
        for expansion, width, times, stride in (*table, (6, 160, 3, 2), (6, 320, 1, 1)):
            for index in range(times):
                step = 1 if index else stride
                blocks.append(InvertedResidual(inputs, width, step, expansion))
                inputs = width
        head = nn.Sequential(*normed(320, 1280, kernel=1), nn.ReLU6())
        self.features = nn.Sequential(stem, *blocks, head)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = functional.adaptive_avg_pool2d(self.features(x), 1)
        return self.classifier(torch.flatten(x, 1))


# --- BERT ------------------------------------------------------------------------------------


class SelfAttention(nn.Module):
    """Hugging Face's BertSelfAttention, its products written out or torch's own."""

    def __init__(self, *, fused: bool) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(768, 768) for _ in range(3))
        self.fused = fused

    def forward(self, x: Tensor) -> Tensor:
        heads = [
            layer(x).unflatten(-1, (12, 64)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        ]
        return self.attended(*heads).transpose(1, 2).flatten(2)

    def attended(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        if self.fused:
            return functional.scaled_dot_product_attention(query, key, value)
        scores = query @ key.transpose(-1, -2) / 8
        return scores.softmax(-1) @ value


class Output(nn.Module):
    """Hugging Face's BertOutput, and BertSelfOutput."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, 768)
        self.LayerNorm = nn.LayerNorm(768)

    def forward(self, x: Tensor, shortcut: Tensor) -> Tensor:
        return self.LayerNorm(self.dense(x) + shortcut)


class BertLayer(nn.Module):
    """Hugging Face's BertLayer of BERT-base."""

    def __init__(self, *, fused: bool) -> None:
        super().__init__()
        attention = {"self": SelfAttention(fused=fused), "output": Output(768)}
        self.attention = nn.ModuleDict(attention)
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(768, 3072)})
        self.output = Output(3072)

    def forward(self, x: Tensor) -> Tensor:
        x = self.attention["output"](self.attention["self"](x), x)
        return self.output(functional.gelu(self.intermediate["dense"](x)), x)
