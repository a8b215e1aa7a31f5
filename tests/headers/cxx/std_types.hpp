#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>
// Types of the standard library.
namespace sl {
struct Thing { int id = 0; };
using Things = std::vector<Thing>;
inline std::map<std::string, int> ages() { return {{"a", 1}, {"b", 2}}; }
inline std::unordered_map<int, std::vector<std::string>> groups() { return {{1, {"x"}}}; }
inline std::pair<int, std::string> pair() { return {1, "p"}; }
inline std::set<int> unique(const std::vector<int> &v) { return {v.begin(), v.end()}; }
inline std::shared_ptr<Thing> shared(int id) { auto t = std::make_shared<Thing>(); t->id = id; return t; }
inline std::unique_ptr<Thing> owned() { return std::unique_ptr<Thing>(new Thing{6}); }
inline int count(const Things &t) { return static_cast<int>(t.size()); }
inline Things things(std::size_t n) { return Things(n); }
inline std::array<int, 3> fixed() { return {1, 2, 3}; }
inline int sum(const std::array<int, 3> &a) { return a[0] + a[1] + a[2]; }
inline int apply(const std::function<int(int)> &f) { return f(1); }
inline std::function<int(int)> twice() { return [](int x) { return 2 * x; }; }
inline std::optional<int> maybe(bool yes) { return yes ? std::optional<int>(5) : std::nullopt; }
inline std::int64_t wide(std::uint32_t v) { return static_cast<std::int64_t>(v) << 8; }
inline bool flag(bool b) { return !b; }
inline std::vector<int>::size_type size_of(const std::vector<int> &v) { return v.size(); }
inline std::vector<bool> bits() { return {true, false}; }
inline std::nullptr_t nothing() { return nullptr; }
}
