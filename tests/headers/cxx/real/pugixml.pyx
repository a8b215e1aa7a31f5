# What `run` gives: [True, b'root', 5, b'text']
# distutils: language = c++
cimport decl

def run():
    cdef decl.xml_document doc
    cdef decl.xml_parse_result result = doc.load_string(b"<root n='5'><a>text</a></root>")
    cdef decl.xml_node root = doc.document_element()
    return [True if result else False, root.name(), root.attribute(b"n").as_int(), root.child(b"a").child_value()]
