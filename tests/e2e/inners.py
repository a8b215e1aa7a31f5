"""The inner backends that the end-to-end tests build with: what each of them needs in a project."""

from dataclasses import dataclass, field
from typing import Dict, Tuple


@dataclass(frozen=True)
class Inner:
    """An inner backend and the smallest project that it builds into the package `demo`."""

    name: str
    module: str
    requires: Tuple[str, ...]
    settings: str = ""
    files: Dict[str, str] = field(default_factory=dict)
    # Instead of those in editable installs, where the backend serves only what it installs itself.
    editable_files: Dict[str, str] = field(default_factory=dict)
    # Tag of its wheel; ours replaces `any` only.
    tag: str = "py3-none-any"
    # Whether two builds of one project in two directories give equal bytes, without us.
    reproducible_wheel: bool = True
    reproducible_sdist: bool = True
    has_metadata_hook: bool = True

    def __str__(self):
        return self.name


_SCIKIT_BUILD = """\
cmake_minimum_required(VERSION 3.15...4.0)
project(demo LANGUAGES NONE)
"""

_MESON = """\
project('demo', version: '1.0.0')
python = import('python').find_installation(pure: true)
python.install_sources('src/demo/__init__.py', subdir: 'demo')
"""

_MESON_EDITABLE = _MESON.replace(
    "'src/demo/__init__.py'",
    "'src/demo/__init__.py', 'src/demo/_demo_ctypes.py', 'src/demo/_demo_ctypes.pyi', "
    "'src/demo/demo.cdef.txt', 'src/demo/demo.json'",
)

INNERS = [
    Inner(
        "hatchling",
        "hatchling.build",
        ("hatchling",),
        '[tool.hatch.build.targets.wheel]\npackages = ["src/demo"]\n',
    ),
    Inner("flit_core", "flit_core.buildapi", ("flit_core>=3.11",)),
    Inner(
        "setuptools",
        "setuptools.build_meta",
        ("setuptools>=77",),
        reproducible_wheel=False,
        reproducible_sdist=False,
    ),
    Inner("pdm-backend", "pdm.backend", ("pdm-backend",), reproducible_sdist=False),
    Inner(
        "poetry-core",
        "poetry.core.masonry.api",
        ("poetry-core>=2",),
        '[tool.poetry]\npackages = [{ include = "demo", from = "src" }]\n',
    ),
    Inner("uv_build", "uv_build", ("uv_build>=0.9,<1",)),
    Inner(
        "scikit-build-core",
        "scikit_build_core.build",
        ("scikit-build-core>=0.11",),
        '[tool.scikit-build]\nwheel.packages = ["src/demo"]\nwheel.py-api = "py3"\n',
        {"CMakeLists.txt": _SCIKIT_BUILD},
        tag="py3-none-linux_x86_64",
        reproducible_wheel=False,
    ),
    Inner(
        "meson-python",
        "mesonpy",
        ("meson-python",),
        files={"meson.build": _MESON},
        editable_files={"meson.build": _MESON_EDITABLE},
        reproducible_wheel=False,
        has_metadata_hook=False,
    ),
    Inner(
        "py-build-cmake",
        "py_build_cmake.build",
        ("py-build-cmake~=0.5.0",),
        '[tool.py-build-cmake.module]\ndirectory = "src"\n',
        has_metadata_hook=False,
    ),
]

BY_NAME = {inner.name: inner for inner in INNERS}
