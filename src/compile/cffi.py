"""Has cffi write the C source of a module: what to write comes as JSON on standard input."""

import sys

# Where this is started, nothing is to be imported from.
sys.path[:] = [entry for entry in sys.path if entry]

import json

request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
sys.path[:] = [entry for entry in request["sys_path"] if entry]
try:
    import cffi
except ImportError as error:
    sys.exit("cffi cannot be imported: %s" % error)
ffi = cffi.FFI()
try:
    ffi.cdef(request["cdef"])
    ffi.set_source(request["module"], request["source"])
    ffi.emit_c_code(request["path"])
except (cffi.CDefError, cffi.FFIError) as error:
    sys.exit(str(error))
except Exception as error:
    sys.exit("%s: %s" % (type(error).__name__, error))
