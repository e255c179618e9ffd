"""An architecture document that its schema accepts to every problem that is left in it."""

from hwsim.architecture.check import components, dataflow, power, routes, time, zeros
from hwsim.specification import Document, Problem


def problems(document: Document) -> list[Problem]:
    """Every problem of the document's components, power, routes and dataflow."""
    topics = (components, power, routes, zeros, time, dataflow)
    return [problem for topic in topics for problem in topic.problems(document)]
