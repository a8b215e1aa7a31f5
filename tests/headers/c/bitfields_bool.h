struct switches { _Bool a : 1, b : 1, c : 1; unsigned d : 4; _Bool e; };
