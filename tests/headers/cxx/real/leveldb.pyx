# What `run` gives: [True, True, b'value', True]
# distutils: language = c++
import tempfile
from libcpp.string cimport string
cimport decl

def run():
    cdef decl.Options options
    cdef decl.DB *db = NULL
    cdef string value
    cdef string key = b"key"
    cdef string content = b"value"
    with tempfile.TemporaryDirectory() as folder:
        options.create_if_missing = True
        path = folder.encode()
        opened = decl.DB.Open(options, path, &db).ok()
        put = db.Put(decl.WriteOptions(), decl.Slice(key), decl.Slice(content)).ok()
        got = db.Get(decl.ReadOptions(), decl.Slice(key), &value)
        del db
    return [opened, put, value, got.ok()]
