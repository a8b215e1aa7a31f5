"""`doctor`: what is used and why; problems carry a remedy; the status says whether something cannot work."""

import json
import os
import shutil
import sys
import venv

import pytest

from project import HEADERKIT, NOWHERE, run


def doctor(made, libclang, check=True, **extra):
    result = made.cli("doctor", "--json", libclang=libclang, check=check, **extra)
    return result.code, json.loads(result.out)


def test_a_filled_project_has_no_problems(project, tools):
    made = project("flit_core")
    made.populate()
    code, report = doctor(made, libclang=True)
    assert code == 0 and report["problems"] == []
    assert report["headerkit_backend"]["binary"] == str(tools.binary)
    assert report["libclang"]["library"] == str(tools.libclang)
    assert "clang version" in report["libclang"]["version"]
    assert report["libclang"]["builtin_headers"].endswith("resource")
    assert report["build_backend"]["inner"] == "flit_core.buildapi"
    assert report["store"]["missing"] == [] and report["store"]["outputs"] == 4
    target = report["target"]["triple"]
    assert report["store"]["entries"][target]["cffi"] == 1
    assert report["environment"]["LIBCLANG_PATH"] == str(tools.libclang)
    assert "/usr/include" in report["system_include_dirs"]
    assert report["compiler"] == shutil.which("cc")
    text = made.cli("doctor", libclang=True).out
    assert "no problems found" in text and str(tools.libclang) in text
    assert "system include dirs:" in text and "    {}:".format(target) in text and "  LIBCLANG_PATH: " in text


def test_a_wrong_variable_is_a_problem(project):
    made = project()
    made.populate()
    code, report = doctor(made, libclang=False, check=False)
    assert code == 1
    (problem,) = report["problems"]
    assert problem["severity"] == "error" and NOWHERE in problem["message"]
    assert any("install-libclang" in remedy for remedy in problem["remedies"])


def test_an_empty_store_is_a_problem_only_if_nobody_can_fill_it(project):
    made = project()
    code, report = doctor(made, libclang=True)
    assert code == 0 and len(report["store"]["missing"]) == 4
    assert [problem["severity"] for problem in report["problems"]] == ["warning"]
    made.configure(headerkit='[tool.headerkit]\nlibclang = "never"\n[tool.headerkit.headers."include/demo.h"]\n')
    code, report = doctor(made, libclang=False, check=False)
    assert code == 1
    messages = [problem["message"] for problem in report["problems"] if problem["severity"] == "error"]
    assert any("not in the store" in message for message in messages), messages


def test_platforms_that_nobody_has_stored_for_are_told(project):
    made = project()
    made.configure(headerkit=HEADERKIT + '[tool.headerkit.cache.populate]\nplatforms = ["linux/amd64", "linux/arm64"]\n')
    made.cli("cache", "populate", "--engine", "native", libclang=True)
    code, report = doctor(made, libclang=True)
    (problem,) = report["problems"]
    assert code == 0 and "4 of 4 outputs for other declared platforms" in problem["message"], problem
    made.cli("cache", "populate", libclang=True)
    assert doctor(made, libclang=True)[1]["problems"] == []


def test_configuration_errors_are_told_with_the_rest(project):
    made = project()
    made.configure(headerkit="[tool.headerkit]\nwritters = []\n")
    code, report = doctor(made, libclang=True, check=False)
    assert code == 1 and report["libclang"]["library"]
    assert "did you mean `writers`" in report["problems"][0]["message"]


def test_a_missing_build_requirement_is_told(project):
    made = project("flit_core")
    made.populate()
    path = made.root / "pyproject.toml"
    path.write_text(path.read_text().replace('"flit_core>=3.11"', '"wheel"'))
    code, report = doctor(made, libclang=True, check=False)
    assert code == 1 and "`hatchling`" in report["problems"][0]["message"]


def test_it_works_anywhere(tools, tmp_path):
    result = run(tools.binary, "doctor", cwd=tmp_path, env=tools.environment(libclang=True))
    assert "configuration: none" in result.out


def test_a_compiler_that_cc_names_and_is_not_here(project, tmp_path):
    made = project()
    made.write("m.c", "int m;\n")
    made.configure(headerkit='[[tool.headerkit.extensions]]\nname = "demo._m"\nsources = ["m.c"]\n')
    env = made.tools.environment(libclang=True, CC="no-such-gcc -O1")
    done = run(made.tools.binary, "doctor", cwd=made.root, env=env, check=False)
    assert done.code == 1 and "`CC` names `no-such-gcc`, which is not here" in done.text


@pytest.mark.parametrize("compiler", ["auto", "system", "zig"])
def test_a_machine_without_any_compiler_is_told(compiler, project, tmp_path):
    """Builds take zig from the index, unless they are told not to."""
    table = '[[tool.headerkit.extensions]]\nname = "demo._m"\nsources = ["m.c"]\ncompiler = "{}"\n'.format(compiler)
    made = project("flit_core", headerkit=table)
    made.write("m.c", "int m;\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").symlink_to(sys.executable)
    # An interpreter without the zig of the tests, and no program besides.
    bare = venv_of(tmp_path / "bare")
    options = {"PATH": str(tmp_path / "nothing"), "HEADERKIT_PYTHON": str(bare), "CC": None, "HEADERKIT_ZIG": None}
    code, report = doctor(made, libclang=True, check=False, **options)
    (problem,) = [problem for problem in report["problems"] if "`demo._m`" in problem["message"]]
    if compiler == "system":
        assert code == 1 and problem["severity"] == "error" and "there is no C compiler" in problem["message"]
    else:
        assert problem["severity"] == "warning" and problem["message"].endswith("builds ask the front end for `ziglang`")
        assert ("there is no C compiler: " in problem["message"]) == (compiler == "auto")
    assert problem["remedies"]
    made.configure(headerkit='[tool.headerkit]\nwriters = ["cffi"]\n[tool.headerkit.writer.cffi]\nmode = "api"\n[tool.headerkit.headers."include/demo.h"]\n')
    _, report = doctor(made, libclang=True, check=False, **options)
    assert [problem for problem in report["problems"] if problem["message"].startswith("there is no C compiler here")]


def venv_of(folder):
    venv.create(folder, symlinks=os.name != "nt")
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def test_a_backend_that_is_no_module_is_told(project):
    """No program of ours runs in such a build."""
    made = project("flit_core")
    made.populate()
    made.write("pyproject.toml", made.read("pyproject.toml").replace('"headerkit_backend"', '"headerkit-backend"'))
    said = '`build-backend = "headerkit-backend"` names no module of Python'
    code, report = doctor(made, libclang=True, check=False)
    (problem,) = report["problems"]
    assert code == 1 and problem["message"].startswith(said) and "headerkit_backend" in problem["remedies"][0]
    assert made.cli("check").err.count(said) == 1
