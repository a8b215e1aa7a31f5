struct fields { int def, class, lambda, None, True, import, from, is, pass, with, async, await, yield, in; };
struct more { int self, print, exec, nonlocal, global, del, elif, except, finally, raise, try, assert, and, or, not; };
