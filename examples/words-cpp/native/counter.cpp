#include "counter.hpp"

#include "fold.h"

std::map<std::string, long> count_words(std::string_view text)
{
    std::map<std::string, long> counts;
    std::string word;
    auto finish = [&] {
        if (!word.empty())
            ++counts[word];
        word.clear();
    };
    for (char letter : text) {
        if (fold_is_letter(letter))
            word.push_back(fold_letter(letter));
        else
            finish();
    }
    finish();
    return counts;
}
