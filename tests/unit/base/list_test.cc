// list_test.cc: the intrusive list, by hand and against a deque.
#include "base/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>

namespace hakmem {
namespace {

struct Element {
  Element* next = nullptr;
  Element* previous = nullptr;
};

std::deque<Element*> contents_of(const List<Element>& list) {
  std::deque<Element*> forward;
  for (Element* e = list.first(); e != nullptr; e = e->next) forward.push_back(e);
  std::deque<Element*> backward;
  for (Element* e = list.last(); e != nullptr; e = e->previous) backward.push_front(e);
  EXPECT_EQ(forward, backward);
  return forward;
}

TEST(List, is_empty_at_first) {
  List<Element> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.first(), nullptr);
  EXPECT_EQ(list.last(), nullptr);
  EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(List, pushes_at_both_ends) {
  std::array<Element, 3> e;
  List<Element> list;
  list.push_back(e[1]);
  list.push_front(e[0]);
  list.push_back(e[2]);
  EXPECT_EQ(contents_of(list), (std::deque<Element*>{&e[0], &e[1], &e[2]}));
}

TEST(List, removes_from_every_place_and_unlinks) {
  for (unsigned place = 0; place < 3; ++place) {
    std::array<Element, 3> e;
    List<Element> list;
    for (Element& element : e) list.push_back(element);
    list.remove(e[place]);
    EXPECT_EQ(contents_of(list).size(), 2U);
    EXPECT_EQ(e[place].next, nullptr);
    EXPECT_EQ(e[place].previous, nullptr);
    list.push_front(e[place]);
    EXPECT_EQ(list.first(), &e[place]);
  }
}

TEST(List, agrees_with_a_deque) {
  std::array<Element, 20> elements;
  std::deque<Element*> model;
  List<Element> list;
  std::mt19937 random(1);
  for (unsigned step = 0; step < 5000; ++step) {
    Element& element = elements[random() % elements.size()];
    const auto place = std::find(model.begin(), model.end(), &element);
    if (random() % 8 == 0) {
      Element* const expected = model.empty() ? nullptr : model.front();
      if (!model.empty()) model.pop_front();
      ASSERT_EQ(list.pop_front(), expected);
    } else if (place != model.end()) {
      list.remove(element);
      model.erase(place);
    } else if (random() % 2 == 0) {
      list.push_front(element);
      model.push_front(&element);
    } else {
      list.push_back(element);
      model.push_back(&element);
    }
    ASSERT_EQ(contents_of(list), model);
  }
}

}  // namespace
}  // namespace hakmem
