enum { COLUMNS = 4, ROWS = COLUMNS * 2 };
struct sheet { int cells[ROWS][COLUMNS]; char name[COLUMNS + 1]; };
