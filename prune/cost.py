"""What the layers of a network contain to what they cost on a chip, and which of them cost most."""

from collections.abc import Mapping
from typing import Final, Protocol

import numpy as np
from hwsim.vocabulary import TENSORS
from hwsim.workload.data import Data
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
