"""A layer and its mapping to counts of every access: closed forms, exact integers.

The words of a link are, over all classes of moves (`order`), prod(now) - prod(kept) over the
tensor's ranks (`turnover`). Along a rank of one dimension both are sums over its tiles (`walk`),
along one where two dimensions slide, over the overlaps of their tiles (`window`), of which few are
different (`moves`). `count` adds them up, `traffic` charges them by the architecture's conventions.
"""

from hwsim.accesses.count import count
from hwsim.accesses.counts import Counts, Flow, Work

__all__ = ["Counts", "Flow", "Work", "count"]
