"""What an import or a help text may cost, and where the version stands."""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import hwsim
from hwsim.estimators.find import SHIPPED

ROOT = Path(__file__).parents[1]
HEAVY = {"jsonschema", "matplotlib", "networkx", "numpy", "scipy.optimize", "torch"}


def modules_loaded_by(*arguments: str) -> set[str]:
    """The modules that a new interpreter imports when it is called with these arguments."""
    called = [sys.executable, "-X", "importtime", *arguments]
    finished = subprocess.run(called, capture_output=True, text=True, check=True)
    return {line.rpartition("|")[2].strip() for line in finished.stderr.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [["-c", "import hwsim"], ["-m", "hwsim", "--help"]],
    ids=["import", "help"],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(arguments: list[str]) -> None:
    """`import hwsim` and `hwsim --help` pay for nothing that they do not use."""
    loaded = modules_loaded_by(*arguments)
    assert "hwsim" in loaded
    assert not loaded & HEAVY


def test_an_estimator_is_loaded_where_a_file_names_it() -> None:
    """Neither `import hwsim` nor a chip whose energies are all numbers pays for it."""
    assert not any("estimators" in name for name in modules_loaded_by("-c", "import hwsim"))
    load = "import hwsim, sys; hwsim.load_architecture({!r}); print(*sys.modules)"
    numbers = ROOT / "tests" / "command" / "files" / "chip.yaml"
    for chip, of in ((str(numbers), set()), ("eyeriss", {"sram", "register_file"})):
        called = [sys.executable, "-c", load.format(chip)]
        loaded = subprocess.run(called, capture_output=True, text=True, check=True).stdout.split()
        shipped = {name for name in SHIPPED if f"hwsim.estimators.{name}" in loaded}
        assert shipped == of


#: What each command leaves alone, though other calls of it may need some of that.
SPARED = {
    "list": {"jsonschema", "networkx", "numpy", "pydantic", "scipy", "torch"},
    "show eyeriss": {"jsonschema", "networkx", "numpy", "pydantic", "rich.console", "torch"},
    "simulate eyeriss alexnet": {
        *("concurrent.futures", "jsonschema", "multiprocessing", "networkx", "numpy", "pydantic"),
        *("hwsim.explanation", "hwsim.mapper.search", "hwsim.workers", "scipy", "torch"),
    },
}


@pytest.mark.parametrize("said", SPARED)
def test_a_command_imports_nothing_that_it_does_not_use(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is searched, and no file has a mistake."""
    monkeypatch.setenv("HWSIM_CACHE_DIR", str(tmp_path))
    words = ["-m", "hwsim", *said.split()]
    if said.startswith("simulate"):
        subprocess.run([sys.executable, *words], capture_output=True, check=True)  # and keep
    assert not modules_loaded_by(*words) & SPARED[said]


@pytest.mark.parametrize("name", hwsim.__all__)
def test_every_public_name_is_there_when_asked_for(name: str) -> None:
    """What `__all__` promises, the lazy `__getattr__` delivers and `dir` shows."""
    assert callable(getattr(hwsim, name))
    assert name in dir(hwsim)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A misspelt public name fails as on any module."""
    name = "simulat"
    with pytest.raises(AttributeError, match=f"module 'hwsim' has no attribute '{name}'"):
        getattr(hwsim, name)


def test_the_version_stands_in_one_place() -> None:
    """`hwsim.__version__` is the only version; the packaging reads it from there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    sources = sorted((ROOT / "hwsim").rglob("*.py"))
    assert [path for path in sources if f'"{hwsim.__version__}"' in path.read_text()] == [
        ROOT / "hwsim" / "__init__.py"
    ]
    assert version("hwsim") == hwsim.__version__, "installed before the last bump: install again"
