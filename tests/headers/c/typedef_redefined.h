typedef int repeated;
typedef int repeated;
typedef struct rs rs;
typedef struct rs rs;
struct rs { repeated x; };
rs *get(void);
