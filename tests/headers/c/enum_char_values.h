enum chars { CH_A = 'a', CH_NL = '\n', CH_HEX = '\x41', CH_NEG = '\377', CH_MULTI = 'ab' };
