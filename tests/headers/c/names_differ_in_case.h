struct Item { int x; }; struct ITEM { int x; }; struct item { int x; }; int ITEM_(struct ITEM *); int item_(struct item *);
#define Value 1
#define VALUE 2
#define vALUE 3
