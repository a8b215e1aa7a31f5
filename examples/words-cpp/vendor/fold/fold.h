/* Letters without their case, for ASCII. */
#ifndef FOLD_H
#define FOLD_H

#ifdef __cplusplus
extern "C" {
#endif

int fold_is_letter(int letter);
char fold_letter(char letter);

#ifdef __cplusplus
}
#endif

#endif
