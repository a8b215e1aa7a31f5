# What `run` gives: [80, 0.75, 2, 3, b'cfg', 1024, 18446744073709551615, 5, 120, 17]
# distutils: language = c++
from libcpp.string cimport string
from libcpp.vector cimport vector
cimport decl

def run():
    return [decl.Config_Width, decl.Config_Ratio, decl.Config_counter, decl.Config.next(), decl.Config_Name, decl.Max, decl.Big,
            decl.shared, decl.Letter, decl.TopLevel]
