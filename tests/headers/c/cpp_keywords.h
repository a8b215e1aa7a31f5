struct cpp { int class, template, namespace, this, new, delete, private, public, virtual, typename, operator; };
int new(int delete); int namespace(int this); typedef struct cpp template; template *try(template *catch);
