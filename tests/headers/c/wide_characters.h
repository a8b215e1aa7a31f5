typedef __WCHAR_TYPE__ wchar_t;
typedef __CHAR16_TYPE__ char16_t;
typedef __CHAR32_TYPE__ char32_t;
struct text { wchar_t w; char16_t u; char32_t v; wchar_t name[8]; };
unsigned long wlen(const wchar_t *s);
