// templates.cc: a template-heavy translation unit for comparing allocators under a compiler. It is
// compiled, never linked or run: what counts is how much the compiler allocates for it.
#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace {

template <int number>
struct Tag {
  static constexpr int value = number;
  std::array<int, number + 1> values{};
};

// A tuple of many types, visited recursively and by index.
template <class Sequence>
struct TagTuple;

template <int... numbers>
struct TagTuple<std::integer_sequence<int, numbers...>> {
  using Type = std::tuple<Tag<numbers>...>;
  using Variant = std::variant<Tag<numbers>...>;
};

template <std::size_t index = 0, class Tuple>
int sum_recursively(const Tuple& tuple) {
  if constexpr (index == std::tuple_size_v<Tuple>) {
    return 0;
  } else {
    return std::get<index>(tuple).value + sum_recursively<index + 1>(tuple);
  }
}

template <int n>
struct Fibonacci {
  static constexpr long value = Fibonacci<n - 1>::value + Fibonacci<n - 2>::value;
};
template <>
struct Fibonacci<1> {
  static constexpr long value = 1;
};
template <>
struct Fibonacci<0> {
  static constexpr long value = 0;
};

// One family of containers and algorithms for each number.
template <int number>
long use_containers(int seed) {
  std::map<Tag<number>*, std::vector<std::pair<std::string, int>>> by_pointer;
  std::unordered_map<std::string, std::unique_ptr<Tag<number>>> by_name;
  std::vector<std::function<long(int)>> functions;
  for (int i = 0; i < seed; ++i) {
    auto tag = std::make_unique<Tag<number>>();
    by_pointer[tag.get()].emplace_back(std::to_string(i), i);
    by_name.emplace(std::to_string(i * number), std::move(tag));
    functions.emplace_back([i](int x) { return static_cast<long>(i) * x * number; });
  }
  std::sort(functions.begin(), functions.end(),
            [](const auto& a, const auto& b) { return a(number) < b(number); });
  long sum = Fibonacci<number + 20>::value;
  for (const auto& [pointer, entries] : by_pointer) {
    sum += std::accumulate(entries.begin(), entries.end(), 0L,
                           [](long total, const auto& entry) { return total + entry.second; });
  }
  return sum + static_cast<long>(by_name.size()) + functions.front()(seed);
}

template <int... numbers>
long use_all(std::integer_sequence<int, numbers...>, int seed) {
  return (use_containers<numbers>(seed) + ...);
}

}  // namespace

long use_templates(int seed, const std::string& text) {
  using Numbers = std::make_integer_sequence<int, 60>;
  const TagTuple<Numbers>::Type tuple;
  TagTuple<Numbers>::Variant variant = Tag<7>{};
  const long visited = std::visit([](const auto& tag) -> long { return tag.value; }, variant);
  return sum_recursively(tuple) + visited + static_cast<long>(text.size()) +
         use_all(std::make_integer_sequence<int, 1>{}, seed);
}
