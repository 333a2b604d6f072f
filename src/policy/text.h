// text.h: short text stored in place.
//
// Layer policy. A table of pointers to text would have to be relocated before it can be read, and
// the tables of this layer are read before anything works; characters in the table need nothing.
#pragma once

#include <cstddef>
#include <string_view>

namespace hakmem::policy {

template <std::size_t capacity>
struct Text {
  // Not explicit: a table row is written as plain literals. Too long a literal does not compile.
  template <std::size_t size>
  consteval Text(const char (&literal)[size]) {  // NOLINT(google-explicit-constructor)
    static_assert(size <= capacity, "the literal and its closing 0 fit");
    for (std::size_t i = 0; i < size; ++i) characters[i] = literal[i];
  }

  [[nodiscard]] constexpr const char* c_str() const { return characters; }
  [[nodiscard]] constexpr std::string_view view() const { return {characters}; }

  char characters[capacity] = {};
};

// Returns whether the texts are equal but for the case of ASCII letters.
constexpr bool same_word(const char* a, const char* b) {
  constexpr auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  for (; *a != 0 && lower(*a) == lower(*b); ++a, ++b) {
  }
  return lower(*a) == lower(*b);
}

}  // namespace hakmem::policy
