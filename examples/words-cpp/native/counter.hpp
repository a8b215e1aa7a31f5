#pragma once

#include <map>
#include <string>
#include <string_view>

/// The words of a text, and how often each is there.
std::map<std::string, long> count_words(std::string_view text);
