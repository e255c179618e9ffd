"""What a run tells while it goes on, and what is told of its outcome."""

from prune.report.breakdown import Breakdown, breakdown
from prune.report.lines import Lines
from prune.report.log import Log
from prune.report.picture import picture
from prune.report.plan import plan
from prune.report.summary import summary
from prune.report.table import outcome_table

__all__ = ["Breakdown", "Lines", "Log", "breakdown", "outcome_table", "picture", "plan", "summary"]
