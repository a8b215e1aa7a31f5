enum plain { ZERO, ONE, TWO, TEN = 10, ELEVEN, AGAIN = 1, LAST = TEN + ONE * 2 };
enum plain next(enum plain value);
