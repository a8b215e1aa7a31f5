#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *add(PyObject *module, PyObject *arguments)
{
    long left, right, sum;

    (void)module;
    if (!PyArg_ParseTuple(arguments, "ll:add", &left, &right))
        return NULL;
    if (__builtin_add_overflow(left, right, &sum)) {
        PyErr_SetString(PyExc_OverflowError, "the sum is too large for C");
        return NULL;
    }
    return PyLong_FromLong(sum);
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, "The sum of two integers."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_adder", "Written in C.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__adder(void)
{
    return PyModuleDef_Init(&definition);
}
