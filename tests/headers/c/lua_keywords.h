struct words { int end, local, function, nil, then, repeat, until, elseif, and, or, not, in; };
int end(void); int local(int nil); int function(int then); typedef int repeat; repeat until(repeat elseif);
