// print.h: text into a fixed buffer, without allocation, locale or libc's stdio.
//
// Layer base. Cold. What does not fit is cut; the buffer always ends with a 0 once text() is read.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hakmem {

class Printer {
 public:
  Printer& operator<<(const char* text) {
    for (; *text != 0; ++text) put(*text);
    return *this;
  }
  Printer& operator<<(char character) {
    put(character);
    return *this;
  }
  Printer& operator<<(std::uint64_t value) {
    char digits[20];
    unsigned count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count != 0) put(digits[--count]);
    return *this;
  }
  Printer& operator<<(std::uint32_t value) { return *this << std::uint64_t{value}; }
  Printer& operator<<(int value) {
    if (value < 0) put('-');
    return *this << static_cast<std::uint64_t>(value < 0 ? -static_cast<std::int64_t>(value)
                                                         : value);
  }
  Printer& operator<<(const void* pointer) {
    const auto value = reinterpret_cast<std::uintptr_t>(pointer);
    *this << "0x";
    bool started = false;
    for (int shift = 60; shift >= 0; shift -= 4) {
      const auto digit = static_cast<unsigned>(value >> shift) & 15U;
      started = started || digit != 0 || shift == 0;
      if (started) put("0123456789abcdef"[digit]);
    }
    return *this;
  }

  // Ends the line, in the place of the last character if there is no room.
  void end_line() {
    if (length_ == sizeof(buffer_) - 1) --length_;
    put('\n');
  }

  [[nodiscard]] const char* text() {
    buffer_[length_] = 0;
    return buffer_;
  }
  [[nodiscard]] std::size_t length() const { return length_; }
  void clear() { length_ = 0; }

 private:
  void put(char character) {
    if (length_ < sizeof(buffer_) - 1) buffer_[length_++] = character;
  }

  std::size_t length_ = 0;
  char buffer_[1024];
};

}  // namespace hakmem
