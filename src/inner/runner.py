"""Calls one hook of the project's own build backend, in a process of its own.

Usage: python -c TEXT CONTROL_DIR BACKEND_PATH...
Reads CONTROL_DIR/input.json and leaves CONTROL_DIR/output.json; standard output is the backend's.
"""
import sys

# The project is the working directory and must not shadow the standard library below.
sys.path[:] = [entry for entry in sys.path if entry != ""]

import atexit
import os
import warnings

# `json` costs 7 ms because it imports `re`; its accelerator costs nothing.
try:
    from _json import encode_basestring as quoted
except ImportError:
    from json.encoder import encode_basestring as quoted

HOOKS = (
    "get_requires_for_build_wheel",
    "get_requires_for_build_sdist",
    "get_requires_for_build_editable",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_wheel",
    "build_sdist",
    "build_editable",
)


class Unavailable(Exception):
    """The module is there, but it is not the backend that the project names."""


def load(spec, backend_path):
    sys.path[:0] = backend_path
    module_name, _, attributes = spec.partition(":")
    __import__(module_name)
    backend = sys.modules[module_name]
    if backend_path and not comes_from(backend, backend_path):
        place = getattr(backend, "__file__", None) or "nowhere"
        raise Unavailable("`%s` was imported from %s, not from backend-path" % (module_name, place))
    for name in filter(None, attributes.split(".")):
        try:
            backend = getattr(backend, name)
        except AttributeError:
            raise Unavailable("module `%s` has no `%s`" % (module_name, attributes)) from None
    return backend


def comes_from(module, backend_path):
    # A namespace package has no file, only places.
    places = [module.__file__] if getattr(module, "__file__", None) else list(getattr(module, "__path__", []))
    roots = [os.path.join(os.path.realpath(path), "") for path in backend_path]
    return any(os.path.realpath(place).startswith(root) for place in places for root in roots)


def checked(value, hook, spec):
    """The value as JSON can carry it, or TypeError if PEP 517 does not allow it."""
    if hook.startswith("get_requires"):
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return list(value)
        wanted = "a list of str"
    else:
        if isinstance(value, str):
            return str(value)
        wanted = "a str"
    raise TypeError("`%s` of `%s` returned %s, not %s" % (hook, spec, describe(value), wanted))


def describe(value):
    if isinstance(value, (list, tuple)):
        inner = sorted({type(item).__name__ for item in value})
        return "a %s of %s" % (type(value).__name__, ", ".join(inner))
    return type(value).__name__


def traceback_of(error):
    import traceback

    # The first frames are this file's; the user has no use for them.
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file_name__:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def summary_of(error):
    import traceback

    return "".join(traceback.format_exception_only(type(error), error)).strip()


def failed(kind, error, **more):
    return dict(more, kind=kind, traceback=traceback_of(error), summary=summary_of(error))


def run(request, backend_path):
    spec, hook = request["spec"], request["hook"]
    try:
        backend = load(spec, backend_path)
    except Unavailable as error:
        return {"kind": "unavailable", "traceback": "", "summary": str(error), "missing": None}
    except ImportError as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        return failed("unavailable", error, missing=missing)
    if hook is None:
        return {"kind": "returned", "value": [name for name in HOOKS if getattr(backend, name, None)]}
    function = getattr(backend, hook, None)
    if not function:
        return {"kind": "missing"}
    unsupported = getattr(backend, "UnsupportedOperation", ())
    try:
        # By position, as front ends call: a backend may name its parameters as it likes.
        value = function(*request["arguments"])
    except Exception as error:
        if isinstance(unsupported, type) and isinstance(error, unsupported):
            return {"kind": "unsupported", "message": str(error)}
        raise
    try:
        return {"kind": "returned", "value": checked(value, hook, spec)}
    except TypeError as error:
        return {"kind": "raised", "traceback": "", "summary": str(error)}


def guarded(request, backend_path):
    try:
        return run(request, backend_path)
    except SystemExit as error:
        code, message = error.code, None
        if code is None:
            code = 0
        elif not isinstance(code, int):
            code, message = 1, str(code)
        return {"kind": "exited", "code": code, "message": message}
    except BaseException as error:
        return failed("raised", error)


def from_json(text):
    # JSON as serde_json writes it is a Python expression, given these names.
    return eval(text, {"__builtins__": {}, "true": True, "false": False, "null": None})


def to_json(value):
    if isinstance(value, dict):
        return "{%s}" % ",".join("%s:%s" % (quoted(key), to_json(item)) for key, item in value.items())
    if isinstance(value, list):
        return "[%s]" % ",".join(map(to_json, value))
    if isinstance(value, str):
        return quoted(value)
    return "null" if value is None else "%d" % value


def main():
    control, backend_path = os.path.abspath(sys.argv[1]), sys.argv[2:]
    sys.argv[1:] = []
    with open(os.path.join(control, "input.json"), encoding="utf-8") as file:
        request = from_json(file.read())
    sys.path[:] = [entry for entry in request["sys_path"] if entry]
    # What a killed backend printed last is what its user needs most.
    sys.stdout.reconfigure(line_buffering=True)

    seen = []
    show = warnings.showwarning

    def show_and_keep(message, category, *rest, **more):
        seen.append({"category": category.__name__, "message": str(message)})
        show(message, category, *rest, **more)

    warnings.showwarning = show_and_keep
    outcome = guarded(request, backend_path)
    outcome["warnings"] = seen
    text = to_json(outcome).encode("utf-8", "surrogatepass")
    partial = os.path.join(control, "output.json.part")
    with open(partial, "wb") as file:
        file.write(text)
    os.replace(partial, os.path.join(control, "output.json"))


def leave():
    # What the interpreter would do before tearing itself down; the tearing down takes longer than some
    # backends need for a wheel, and the process is gone either way.
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


__file_name__ = main.__code__.co_filename
main()
leave()
