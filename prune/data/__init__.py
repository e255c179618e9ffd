"""Labelled pictures as torch datasets, and their parts that have nothing in common."""

from prune.data.augmentation import Augmentation, augmented
from prune.data.images import Images, images, of_classes, open_images
from prune.data.sources import (
    NAMED,
    Files,
    Mosaics,
    NoImages,
    Pack,
    Pictures,
    Pixels,
    class_folders,
    digits,
    is_there,
    mosaics,
    pack,
)
from prune.data.splits import ImagePart, TooFewImages, dataset_name, size_of, split

__all__ = [
    "NAMED",
    "Augmentation",
    "Files",
    "ImagePart",
    "Images",
    "Mosaics",
    "NoImages",
    "Pack",
    "Pictures",
    "Pixels",
    "TooFewImages",
    "augmented",
    "class_folders",
    "dataset_name",
    "digits",
    "images",
    "is_there",
    "mosaics",
    "of_classes",
    "open_images",
    "pack",
    "size_of",
    "split",
]
