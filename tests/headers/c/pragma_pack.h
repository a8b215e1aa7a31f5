#pragma pack(push, 1)
struct one { char a; int b; double c; };
#pragma pack(push, 4)
struct four { char a; double b; long long c; };
#pragma pack(pop)
struct one_again { char a; short b; };
#pragma pack(pop)
struct normal { char a; double b; };
