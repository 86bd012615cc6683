"""What is installed: one list of dependencies, said in three places that agree."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read_requirements():
    groups = PROJECT["optional-dependencies"].values()
    lines = PROJECT["dependencies"] + [line for group in groups for line in group]
    return [Requirement(line) for line in lines]


def read_conda_requirements():
    text = (ROOT / "environment.yml").read_text()
    listed = text.split("dependencies:")[1]
    return set(re.findall(r"^  - (\S+)$", listed, flags=re.MULTILINE)) - {"pip"}


def read_constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pins}


def test_the_conda_environment_asks_for_what_students_need():
    needed = {f"python{PROJECT['requires-python']}", *PROJECT["dependencies"]}
    assert read_conda_requirements() == needed


@pytest.mark.parametrize("requirement", read_requirements(), ids=str)
def test_every_dependency_is_pinned_to_a_version_that_satisfies_it(requirement):
    pinned = read_constraints()[canonicalize_name(requirement.name)]
    assert pinned in requirement.specifier


def test_students_do_not_need_what_only_instructors_use():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names.isdisjoint({"nbgrader", "rich", "typer", "jupytext", "ruff", "torch"})


def test_the_constraints_are_pins_and_nothing_else():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins == sorted(pins, key=str.lower)
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pins)


def test_every_package_of_the_project_is_installed_with_it():
    text = (ROOT / "pyproject.toml").read_text()
    packages = tomllib.loads(text)["tool"]["setuptools"]["packages"]
    folders = {
        str(path.parent.relative_to(ROOT)).replace("/", ".")
        for top in ("helpers", "grading")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert set(packages) == folders
