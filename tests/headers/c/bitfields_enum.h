enum level { LOW, MID, HIGH };
struct leveled { enum level l : 2; unsigned rest : 6; enum level full; };
typedef enum { X_A = -1, X_B } signed_enum;
struct neg { signed_enum e : 3; int after : 5; };
