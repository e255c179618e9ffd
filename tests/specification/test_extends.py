"""`extends`, `set` and `--set`: what changes, what stays, and where it says it was written."""

from pathlib import Path

import pytest

from hwsim.specification import Document, SpecificationError, load, load_any
from hwsim.specification.resolve import MOST_FILES

HEAD = "schema: hwsim/architecture/v1\n"
BUFFER = ("components", "buffer", "capacity_bytes")


def variant(folder: Path, body: str, name: str = "variant") -> Path:
    """A file that extends something."""
    path = folder / f"{name}.yaml"
    path.write_text(f"{HEAD}name: {name}\n{body}")
    return path


def chain(folder: Path, files: int) -> Path:
    """The last of so many files that extend one another; the first extends what is not there."""
    for at in range(files):
        last = variant(folder, f"extends: ./of{at - 1}.yaml\n", f"of{at}")
    return last


def described(document: Document) -> dict[str, object]:
    """The data but for what a variant may say of itself."""
    return {k: v for k, v in document.data.items() if k not in {"name", "title", "source"}}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_extends_of_an_unchanged_base_is_the_base(here: Path) -> None:
    """A variant that changes nothing says what its parent says, title and source included."""
    base, child = load("architecture", "eyeriss"), load_any(variant(here, "extends: eyeriss\n"))
    assert child.data == base.data | {"name": "variant"}
    assert list(child.data) == list(base.data)


def test_a_variant_describes_itself(here: Path) -> None:
    """Name, title and source are written at the top, everything else under `set`."""
    child = load_any(variant(here, "title: Mine\nsource: me\nextends: eyeriss\n"))
    assert [child.data[key] for key in ("name", "title", "source")] == ["variant", "Mine", "me"]


def test_set_changes_one_value_and_its_origin(here: Path) -> None:
    """What is set comes from the variant's line, all else from the parent's."""
    child = load_any(variant(here, f"extends: eyeriss\nset:\n  {'.'.join(BUFFER)}: 1024\n"))
    base = load("architecture", "eyeriss")
    expected = base.data["components"]["buffer"] | {"capacity_bytes": 1024}
    assert child.data["components"]["buffer"] == expected
    assert str(child.origin(BUFFER)) == "variant.yaml:5:37"
    assert str(child.key_origin(BUFFER)) == "variant.yaml:5:3"
    assert child.origin(("word_bits",)) == base.origin(("word_bits",))


def test_extends_is_a_chain_and_the_youngest_wins(here: Path) -> None:
    """A grandchild sees its parent's changes and overrides them; paths start at the file."""
    (here / "sub").mkdir()
    variant(here, "extends: eyeriss\nset: {word_bits: 8, clock_mhz: 100}\n", "parent")
    child = load_any(variant(here / "sub", "extends: ../parent.yaml\nset: {word_bits: 4}\n"))
    assert (child.data["word_bits"], child.data["clock_mhz"]) == (4, 100)
    assert str(child.origin(("clock_mhz",))) == "parent.yaml:4:32"


def test_the_command_line_has_the_last_word(here: Path) -> None:
    """`--set` is applied after the file's own `set`, and is its own origin."""
    path = variant(here, "extends: eyeriss\nset: {word_bits: 8}\n")
    document = load("architecture", path, ["word_bits=32", "components.mac.energy.compute=1e-3"])
    assert document.data["word_bits"] == 32
    assert document.data["components"]["mac"]["energy"] == {"compute": 1e-3}
    assert str(document.origin(("word_bits",))) == "--set word_bits=32:1:11"


def test_null_removes_and_a_list_is_addressed_by_index() -> None:
    """A key set to null is gone; an item of a list is replaced or removed by its number."""
    overrides = [
        "clock_mhz=null",
        "dataflow.spatial.array.rows.dimensions.0=S",
        "dataflow.temporal.dram.dimensions.4=~",
    ]
    data = load("architecture", "eyeriss", overrides).data
    assert "clock_mhz" not in data
    assert data["dataflow"]["spatial"]["array.rows"]["dimensions"] == ["S", "C", "M", "P", "G"]
    assert data["dataflow"]["temporal"]["dram"]["dimensions"] == ["N", "G", "M", "C"]


def test_the_last_key_may_be_new_and_quoted() -> None:
    """A new key is made if the schema knows it; quotes keep a dot inside a key."""
    overrides = [
        "components.array.axes.planes=2",
        'dataflow.spatial."array.planes"={dimensions: [M]}',
    ]
    data = load("architecture", "eyeriss", overrides).data
    assert data["dataflow"]["spatial"]["array.planes"] == {"dimensions": ["M"]}


@pytest.mark.parametrize(
    ("override", "lines"),
    [
        ("word_bits", "--set word_bits:1:1: document: must be PATH=VALUE"),
        ("word_bits=", "has no value; to remove a key, set it to null"),
        ("word_bits=[1", "--set word_bits=[1:1:13: word_bits: not valid YAML"),
        ("word_bits={a: 1, a: 2}", ":1:18: word_bits.a: key 'a' is repeated; it is first at 1:12"),
        ("wordbits=8", "wordbits: unknown key 'wordbits'; did you mean word_bits?"),
        ("word_bits=many", ":1:11: word_bits: must be a positive integer, not 'many'"),
        ("components.bufer.word_bits=8", "no 'bufer' in components; did you mean buffer?"),
        ("dataflow.spatial.array.row.dimensions=[]", "did you mean array.rows?"),
        ("routes.weights.-1=mac", "routes.weights is a list of 5; its items count from 0"),
        ("=3", "is not a dotted path"),
        ("extends=eyeriss", "extends: 'extends' cannot be set"),
    ],
)
def test_an_override_that_means_nothing_says_so(override: str, lines: str) -> None:
    """Every bad `--set` is a line whose file is the option itself."""
    with pytest.raises(SpecificationError) as error:
        load("architecture", "eyeriss", [override])
    assert lines in str(error.value)
    assert str(error.value).startswith(f"--set {override}:1:")


def test_all_problems_of_all_overrides_come_at_once() -> None:
    """Two bad overrides and a bad value are three lines."""
    with pytest.raises(SpecificationError) as error:
        load("architecture", "eyeriss", ["a.b=1", "clock_mhz=0", "c.d=1"])
    assert len(error.value.problems) == 3


def test_a_kind_is_what_was_asked_for(here: Path) -> None:
    """A network is refused where an architecture is wanted."""
    path = here / "net.yaml"
    path.write_text("schema: hwsim/network/v1\nname: net\n")
    with pytest.raises(SpecificationError, match="1:9: schema: is a network, not an architecture"):
        load("architecture", path)


def test_a_directory_of_the_same_file_by_another_name_is_still_a_cycle(here: Path) -> None:
    """A cycle is seen through symbolic links."""
    path = variant(here, "extends: ./link.yaml\n")
    (here / "link.yaml").symlink_to(path)
    with pytest.raises(SpecificationError, match="goes round in a circle"):
        load_any(path)


def test_a_chain_of_files_has_an_end(here: Path) -> None:
    """As many as are allowed are read; of one more, nothing is read at its end."""
    with pytest.raises(SpecificationError, match=r"of0\.yaml:3:10: extends: no such file"):
        load_any(chain(here, MOST_FILES - 1))
    with pytest.raises(SpecificationError) as error:
        load_any(chain(here, 1500))
    said = f"more than {MOST_FILES} files extend one another from of1499.yaml on"
    assert str(error.value) == f"of{1500 - MOST_FILES}.yaml:3:10: extends: {said}"
