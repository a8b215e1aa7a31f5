union bits_or_word { struct { unsigned lo : 16, hi : 16; }; unsigned word; unsigned top : 8; };
