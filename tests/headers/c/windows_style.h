typedef int BOOL; typedef unsigned long DWORD; typedef void *HANDLE; typedef const char *LPCSTR; typedef void VOID;
#define WINAPI
#define TRUE 1
#define FALSE 0
#define INVALID_HANDLE_VALUE ((HANDLE)-1)
typedef struct tagPOINT { long x, y; } POINT, *PPOINT, *LPPOINT;
BOOL WINAPI GetPoint(HANDLE handle, LPPOINT point, DWORD flags);
VOID WINAPI Close(VOID);
