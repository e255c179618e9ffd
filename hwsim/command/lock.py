"""`hwsim lock`: what estimators outside of hwsim say of an architecture, to a file beside it."""

from typing import Annotated

import typer

from hwsim.command.output import check_stdout, to_stdout


def lock(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="An architecture.", show_default=False),
    ],
) -> None:
    """Keep what other programs estimate, beside a file.

    On a machine that lacks CACTI, hwcomponents, or a package that brings an estimator, NAME.lock
    then answers in their place. It comes before them where they are, so the figures stay the same.
    """
    check_stdout()

    from hwsim.architecture.energies import recorded
    from hwsim.architecture.lock import place, text
    from hwsim.specification import SpecificationError, load
    from hwsim.specification.diagnostics import printable
    from hwsim.writing import write_whole

    document = load("architecture", file)
    found, kept = recorded(document)
    if found.problems:
        raise SpecificationError(found.problems)
    if not kept:
        to_stdout(f"{printable(file)}: asks no estimator outside of hwsim: nothing to lock\n")
        return
    path = place(document)
    write_whole(path, text(document, kept).encode())
    number = sum(len(one.kept) for one in kept)
    to_stdout(f"{printable(str(path))}: {number} {'answer' if number == 1 else 'answers'}\n")
