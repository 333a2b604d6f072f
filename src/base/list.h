// list.h: an intrusive doubly linked list.
//
// Layer base. The element carries its links (members `next` and `previous` of type T*), so linking
// allocates nothing. An element is in at most one list. Not synchronised: the owner of the list
// says what guards it.
#pragma once

namespace hakmem {

template <class T>
class List {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] T* first() const { return first_; }
  [[nodiscard]] T* last() const { return last_; }

  void push_front(T& element) {
    element.previous = nullptr;
    element.next = first_;
    (first_ != nullptr ? first_->previous : last_) = &element;
    first_ = &element;
  }

  void push_back(T& element) {
    element.next = nullptr;
    element.previous = last_;
    (last_ != nullptr ? last_->next : first_) = &element;
    last_ = &element;
  }

  void remove(T& element) {
    (element.previous != nullptr ? element.previous->next : first_) = element.next;
    (element.next != nullptr ? element.next->previous : last_) = element.previous;
    element.next = element.previous = nullptr;
  }

  T* pop_front() {
    T* const element = first_;
    if (element != nullptr) remove(*element);
    return element;
  }

 private:
  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace hakmem
