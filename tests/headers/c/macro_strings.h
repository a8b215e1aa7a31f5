#define S_PLAIN "hello"
#define S_EMPTY ""
#define S_ESCAPES "a\"b\\c\n\t\x41\101\0z"
#define S_CONCAT "one" " " "two"
#define S_UTF8 "gr\u00fc\u00df"
#define S_BYTES "\xff\xfe"
#define S_STRINGIFY(x) #x
#define S_MADE S_STRINGIFY(some text)
#define S_PAREN ("in parentheses")
