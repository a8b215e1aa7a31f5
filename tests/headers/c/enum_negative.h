enum negative { MINUS = -1, NONE, MORE = -100, MIN32 = -2147483647 - 1 };
struct has { enum negative n; };
