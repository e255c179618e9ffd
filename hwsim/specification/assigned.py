"""Turns what an option assigns to a tensor, `conv*.weights=0.3`, into a document of densities."""

from hwsim.specification.diagnostics import Origin, SpecificationError
from hwsim.specification.document import Document, document
from hwsim.specification.files import fault
from hwsim.specification.nodes import Entry, MappingNode, YamlNode
from hwsim.specification.schema import check
from hwsim.specification.yaml12 import compose

ALL = "*"


def assigned(option: str, text: str) -> Document:
    """The document that `[LAYERS.]TENSOR=VALUE` of `--density` or `--bits` says.

    Raises:
        SpecificationError: it says something else.
    """
    file = f"{option} {text}"
    origin = Origin(file=file, line=1, column=1)
    path, equals, value = text.partition("=")
    layers, _, tensor = path.strip().rpartition(".")
    composed = compose(value, file, first_column=len(path) + 2) if equals else None
    if composed is None:
        or_file = ", or a file" if option == "--density" else ""
        raise fault(file, f"must be [LAYERS.]TENSOR=VALUE{or_file}")
    inside = {"--bits": ("bits",)}.get(option, ())
    node: YamlNode = composed.root
    for key in reversed(("layers", layers or ALL, *inside, tensor)):
        node = MappingNode(origin=origin, entries=(Entry(key=key, origin=origin, value=node),))
    schema = compose("schema: hwsim/density/v1", file)
    assert schema is not None
    assert isinstance(schema.root, MappingNode)
    assert isinstance(node, MappingNode)
    made = document("density", file, schema.root.with_entry(node.entries[0]))
    problems = [*composed.problems, *check(made)]
    if problems:
        raise SpecificationError(problems)
    return made
