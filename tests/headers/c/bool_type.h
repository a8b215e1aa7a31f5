_Bool flag;
struct flags { _Bool a; _Bool b : 1; _Bool c[3]; const _Bool d; };
typedef _Bool boolean;
boolean negate(_Bool value, boolean *out);
#define bool _Bool
#define true 1
#define false 0
bool by_macro(bool x);
