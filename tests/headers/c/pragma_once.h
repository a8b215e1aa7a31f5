#pragma once
int once_only(void);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused"
#pragma some_unknown_pragma
int after(void);
#pragma GCC diagnostic pop
