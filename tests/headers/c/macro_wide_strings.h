#define W_WIDE L"wide"
#define W_CHAR L'w'
#define W_U8 u8"utf"
#define W_U16 u"sixteen"
int nothing(void);
