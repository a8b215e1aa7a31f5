int inspect(struct param_only { int x; } *p);
int later(struct param_only *p);
