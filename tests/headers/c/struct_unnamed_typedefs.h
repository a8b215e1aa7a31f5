typedef struct { int x; } unnamed_struct;
typedef union { int x; char y; } unnamed_union;
typedef enum { UE_A, UE_B } unnamed_enum;
typedef struct { int z; } *unnamed_pointer;
typedef struct { int z; } unnamed_array[3];
unnamed_struct f(unnamed_union u, unnamed_enum e, unnamed_pointer p, unnamed_array a);
