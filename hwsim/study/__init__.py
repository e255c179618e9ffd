"""A study to the table of its points: what is varied, and what it costs."""

from hwsim.study.run import AnotherStudy, NotInFolder, sweep
from hwsim.study.study import STUDY, Study, load, study_of
from hwsim.study.table import Sweep

__all__ = ["STUDY", "AnotherStudy", "NotInFolder", "Study", "Sweep", "load", "study_of", "sweep"]
