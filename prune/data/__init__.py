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
from prune.data.splits import ImagePart, TooFewImages, name_of, size_of, split

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
    "digits",
    "images",
    "is_there",
    "mosaics",
    "name_of",
    "of_classes",
    "open_images",
    "pack",
    "size_of",
    "split",
]
