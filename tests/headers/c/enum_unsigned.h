enum uns { BIT0 = 1u << 0, BIT31 = 1u << 31, ALL = 0xffffffffu };
enum uns get_bits(void);
