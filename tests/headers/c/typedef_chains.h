typedef int level0; typedef level0 level1; typedef level1 level2; typedef level2 level3;
typedef level3 *level4; typedef level4 level5[2]; typedef level5 *level6;
struct chained { level3 a; level4 b; level5 c; level6 d; };
level3 walk(level6 start);
