struct __attribute__((packed)) control { unsigned id; union { long long value; char *text; }; short end; };
