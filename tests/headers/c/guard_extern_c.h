#ifndef GUARD_EXTERN_C_H
#define GUARD_EXTERN_C_H
#ifdef __cplusplus
extern "C" {
#endif
int guarded(void);
#ifdef __cplusplus
}
#endif
#endif
