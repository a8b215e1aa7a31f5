int __attribute__((cdecl)) c_call(int x);
int __attribute__((ms_abi)) ms_call(int a, int b);
int __attribute__((sysv_abi)) sysv_call(int a);
typedef void (__attribute__((ms_abi)) *ms_callback)(int);
