#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "counter.hpp"

#include <memory>
#include <new>

namespace {

struct Release {
    void operator()(PyObject *object) const { Py_DECREF(object); }
};
using Owned = std::unique_ptr<PyObject, Release>;

PyObject *count(PyObject *, PyObject *arguments)
{
    const char *text;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(arguments, "s#:count", &text, &length))
        return nullptr;
    try {
        Owned result(PyDict_New());
        if (!result)
            return nullptr;
        for (const auto &[word, times] : count_words({text, static_cast<std::size_t>(length)})) {
            Owned number(PyLong_FromLong(times));
            if (!number || PyDict_SetItemString(result.get(), word.c_str(), number.get()))
                return nullptr;
        }
        return result.release();
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    }
}

PyMethodDef methods[] = {
    {"count", count, METH_VARARGS, "How often each word is in a text."},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_words", "Written in C++.", 0, methods, nullptr, nullptr, nullptr, nullptr,
};

} // namespace

PyMODINIT_FUNC PyInit__words()
{
    return PyModuleDef_Init(&definition);
}
