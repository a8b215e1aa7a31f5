typedef struct node { struct node *next; int value; } node;
typedef union cell { int i; double d; } cell;
typedef enum color { RED, GREEN } color;
node *append(node *list, struct node *item, cell c, union cell d, color e, enum color f);
