// statistics_test.cc: the lines that HAKMEM_STATS=1 prints.
#include "observe/statistics.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "policy/profiles.h"

namespace hakmem::observe {
namespace {

using Fields = std::map<std::string, std::string>;

class StatisticsTest : public testing::Test {
 protected:
  // The printed lines by the name of their block, each line's fields by name.
  std::multimap<std::string, Fields> printed() {
    FILE* const file = std::tmpfile();
    print(fileno(file), statistics_, details_, snapshot_);
    std::rewind(file);
    std::string text;
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
    std::fclose(file);
    EXPECT_EQ(text.back(), '\n');

    std::multimap<std::string, Fields> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      const std::size_t end = line.find(']');
      EXPECT_TRUE(line.front() == '[' && end != std::string::npos) << line;
      Fields fields;
      std::istringstream words(line.substr(end + 1));
      for (std::string word; words >> word;) {
        const std::size_t equals = word.find('=');
        EXPECT_NE(equals, std::string::npos) << line;
        EXPECT_TRUE(fields.emplace(word.substr(0, equals), word.substr(equals + 1)).second)
            << "twice in a line: " << word;
      }
      lines.emplace(line.substr(1, end - 1), fields);
    }
    return lines;
  }
  static std::uint64_t number(const Fields& fields, const std::string& name) {
    const auto field = fields.find(name);
    EXPECT_NE(field, fields.end()) << name;
    return field == fields.end() ? 0 : std::stoull(field->second);
  }
  void call(heap::Path path, std::uint64_t times) {
    details_.paths[static_cast<unsigned>(path)] += times;
  }
  void call(heap::Call call, std::uint64_t times) {
    details_.calls[static_cast<unsigned>(call)] += times;
  }

  Statistics statistics_;
  Details details_;
  policy::RouteSnapshot snapshot_;
};

TEST_F(StatisticsTest, every_line_is_a_block_and_its_fields) {
  const auto lines = printed();
  for (const char* const block :
       {"POLICY_INIT", "CORE_STATS", "PAGE_STATS", "REMOTE_STATS", "MEMORY_STATS"}) {
    EXPECT_EQ(lines.count(block), 1U) << block;
  }
  EXPECT_EQ(lines.count("BAND_STATS"), 0U) << "no pages";
}

TEST_F(StatisticsTest, each_number_stands_in_its_field) {
  statistics_.live_bytes = 1001;
  statistics_.live_blocks = 1002;
  statistics_.kept_bytes = 1003;
  statistics_.page_bytes = 1004;
  statistics_.large_bytes = 1005;
  statistics_.dirty_bytes = 1006;
  statistics_.committed_bytes = 1007;
  statistics_.metadata_bytes = 1008;
  statistics_.heap_count = 1009;
  statistics_.parked_heap_count = 1010;
  statistics_.error_count = 1011;
  statistics_.refill_count = 1012;
  statistics_.overflow_count = 1013;
  statistics_.flush_count = 1014;
  statistics_.page_count = 1015;
  statistics_.retire_count = 1016;
  statistics_.purge_count = 1017;
  statistics_.purged_bytes = ~std::uint64_t{0};
  statistics_.abandoned_bytes = 1018;
  const auto lines = printed();
  const Fields& memory = lines.find("MEMORY_STATS")->second;
  EXPECT_EQ(number(memory, "live_bytes"), 1001U);
  EXPECT_EQ(number(memory, "live_blocks"), 1002U);
  EXPECT_EQ(number(memory, "kept_bytes"), 1003U);
  EXPECT_EQ(number(memory, "page_bytes"), 1004U);
  EXPECT_EQ(number(memory, "large_bytes"), 1005U);
  EXPECT_EQ(number(memory, "dirty_bytes"), 1006U);
  EXPECT_EQ(number(memory, "committed_bytes"), 1007U);
  EXPECT_EQ(number(memory, "metadata_bytes"), 1008U);
  EXPECT_EQ(number(memory, "heaps"), 1009U);
  EXPECT_EQ(number(memory, "parked_heaps"), 1010U);
  EXPECT_EQ(number(memory, "errors"), 1011U);
  const Fields& core = lines.find("CORE_STATS")->second;
  EXPECT_EQ(number(core, "refills"), 1012U);
  EXPECT_EQ(number(core, "overflows"), 1013U);
  EXPECT_EQ(number(core, "flushes"), 1014U);
  const Fields& pages = lines.find("PAGE_STATS")->second;
  EXPECT_EQ(number(pages, "taken"), 1015U);
  EXPECT_EQ(number(pages, "retired"), 1016U);
  EXPECT_EQ(number(pages, "purges"), 1017U);
  EXPECT_EQ(number(pages, "purged_bytes"), ~std::uint64_t{0});
  EXPECT_EQ(number(lines.find("REMOTE_STATS")->second, "abandoned_bytes"), 1018U);
}

TEST_F(StatisticsTest, the_policy_names_the_lane_of_each_band) {
  snapshot_.lanes[6] = policy::Lane::core;
  const auto lines = printed();
  const Fields& policy = lines.find("POLICY_INIT")->second;
  EXPECT_EQ(policy.at("C6"), "CORE");
  EXPECT_EQ(policy.at("C0"), "ULTRA");
  EXPECT_EQ(policy.at("C7"), "ULTRA");
}

TEST_F(StatisticsTest, bands_with_pages_have_a_line_each) {
  details_.page_bytes_of_band[2] = 64 * kib;
  details_.page_bytes_of_band[policy::pool_band] = 192 * kib;
  details_.live_blocks_of_band[2] = 5;
  details_.live_bytes_of_band[2] = 150;
  details_.live_blocks_of_band[policy::pool_band] = 1;
  details_.live_bytes_of_band[policy::pool_band] = 4096;
  const auto lines = printed();
  const auto [first, last] = lines.equal_range("BAND_STATS");
  std::map<std::uint64_t, std::uint64_t> bytes_of_band;
  for (auto line = first; line != last; ++line) {
    bytes_of_band[number(line->second, "band")] = number(line->second, "live_bytes");
  }
  EXPECT_EQ(bytes_of_band, (std::map<std::uint64_t, std::uint64_t>{{2, 150}, {8, 4096}}));
}

TEST_F(StatisticsTest, calls_and_their_paths_are_printed_where_they_are_counted) {
  call(heap::Path::allocate_bin, 1000);
  EXPECT_EQ(printed().count("ALLOC_GATE_STATS"), 0U);
  details_.calls_counted = true;
  call(heap::Path::allocate_pool, 20);
  call(heap::Path::allocate_large, 3);
  call(heap::Path::allocate_refill, 7);
  call(heap::Path::free_bin, 900);
  call(heap::Path::free_overflow, 11);
  call(heap::Path::free_home, 5);
  call(heap::Path::free_core, 4);
  call(heap::Path::free_large, 2);
  call(heap::Path::free_outside, 1);
  call(heap::Path::free_foreign, 6);
  call(heap::Call::allocate, 1031);  // one more than their paths: neither is made from the other
  call(heap::Call::free, 930);
  const auto lines = printed();
  const Fields& gate = lines.find("ALLOC_GATE_STATS")->second;
  EXPECT_EQ(number(gate, "calls"), 1031U);
  EXPECT_EQ(number(gate, "bin"), 1000U);
  EXPECT_EQ(number(gate, "pool"), 20U);
  EXPECT_EQ(number(gate, "large"), 3U);
  EXPECT_EQ(number(gate, "refill"), 7U);
  const Fields& frees = lines.find("FREE_PATH_STATS")->second;
  EXPECT_EQ(number(frees, "calls"), 930U);
  EXPECT_EQ(number(frees, "ultra"), 911U);
  EXPECT_EQ(number(frees, "core"), 4U);
  EXPECT_EQ(number(frees, "home"), 5U);
  EXPECT_EQ(number(frees, "large"), 2U);
  EXPECT_EQ(number(frees, "outside"), 1U);
  EXPECT_EQ(number(frees, "foreign"), 6U);
  EXPECT_EQ(number(frees, "legacy"), 0U);
  const Fields& dispatch = lines.find("FREE_DISPATCH_STATS")->second;
  EXPECT_EQ(number(dispatch, "hot"), 900U);
  EXPECT_EQ(number(dispatch, "cold"), 29U);
  EXPECT_EQ(number(dispatch, "overflow"), 11U);
}

}  // namespace
}  // namespace hakmem::observe
