#pragma once
struct inner_part { char c; };
int inner_function(struct inner_part part);
