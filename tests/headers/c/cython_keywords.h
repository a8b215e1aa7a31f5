struct cy { int cdef, cpdef, ctypedef, cimport, include, DEF, IF, ELSE, nogil, gil, by, extern_, public, readonly; };
int cdef(int cpdef); int ctypedef(void); typedef int cimport; cimport nogil(cimport gil); int include(int api);
