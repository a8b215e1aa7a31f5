# What `run` gives: [0, b'root', 5, b'text', 3]
# distutils: language = c++
cimport decl

def run():
    cdef decl.XMLDocument doc
    error = <int>doc.Parse(b"<root n='5'><a>text</a><b/><c/></root>")
    cdef decl.XMLElement *root = doc.RootElement()
    cdef decl.XMLElement *child = root.FirstChildElement()
    text = child.GetText()
    count = 0
    while child != NULL:
        count += 1
        child = child.NextSiblingElement()
    return [error, root.Name(), root.IntAttribute(b"n"), text, count]
