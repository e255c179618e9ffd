"""Partial sums as they are charged, against their stories when the nest is executed MAC by MAC."""

from hypothesis import given, settings

from hwsim.accesses import count
from hwsim.accesses.traffic import Accesses, accesses, traffic
from hwsim.architecture.architecture import Architecture
from hwsim.architecture.components import Storage
from hwsim.vocabulary import OUTPUTS
from tests.generate import Case, cases
from tests.interpreter import Child, sums

CHOSEN = settings.get_profile(settings.get_current_profile_name()).max_examples


@settings(max_examples=max(200, CHOSEN))
@given(cases())
def test_partial_sums_are_charged_as_their_stories_say(case: Case) -> None:
    """Reads and writes of every storage, by its conventions, for any layer and nest."""
    chip = case.architecture
    counted = accesses(traffic(chip, count(chip, case.layer, case.nest)))
    told = _told(chip, sums(chip, case.layer, case.nest))
    here = {name: of[OUTPUTS] for name, of in counted.items() if OUTPUTS in of}
    assert {name: told[name] for name in here} == here


def _told(chip: Architecture, stories: list[Child]) -> dict[str, Accesses]:
    """The accesses of every storage on the route, from the home inwards."""
    home, *inner = stories
    names = [home.link.parent, *(child.link.child for child in inner)]
    told = dict.fromkeys(names, Accesses())
    for name, story in zip(names, stories, strict=True):
        part = chip.components[name]
        if not isinstance(part, Storage):
            continue
        first_reads, drains = part.charging.first_reads, part.charging.drains
        reads = writes = 0
        for visits in story.stays:
            for at, has_value in enumerate(visits):
                first = at == 0 and story is not home
                reads += first_reads == "charged" or (
                    has_value and not (first_reads == "forwarded" and first)
                )
                last = at == len(visits) - 1 and story is not home
                writes += not (drains == "forwarded" and last)
            if story is not home:
                reads += drains == "charged"
        if story is not home and part.charging.fills == "charged" and first_reads != "forwarded":
            writes += story.returned
        told[name] = Accesses(reads=reads, writes=writes)
    return told
