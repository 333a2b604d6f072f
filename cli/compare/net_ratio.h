// net_ratio.h: how the net costs of two allocators relate, where the floor may hide them.
//
// A net cost is a cost less that of the floor in the same round. Near the floor it is the small
// difference of two noisy figures, and in some rounds it comes out below 0. Quotients of such
// rounds are meaningless, and leaving out the rounds that are not above 0 would make the cost look
// higher than it is. So the question is turned round: by which factor must the other's net cost be
// multiplied so that own less that has the median 0? Differences are good in any round, each in
// units of the other allocator's whole cost in it, which takes the machine's mood out. The interval
// holds all factors for which the interval of that median (measure/statistics.h) holds 0: its
// coverage is exact, however few the rounds, where errors are as often above as below. Where that
// cannot tell the other's net cost from 0 there is no ratio. Where no round is below 0, all this is
// the median of the rounds' quotients and its interval.
#pragma once

#include <optional>
#include <vector>

#include "measure/ratio.h"

namespace hakmem::cli {

// What two allocators cost in one round beyond the floor, as shares of the other's whole cost.
struct NetCosts {
  double own = 0;
  double other = 0;
};

// A ratio this small is all that is said of one that comes out smaller, or below 0: what costs
// nothing beyond the floor keeps its place in geometric means and on logarithmic axes.
inline constexpr double least_net_ratio = 0.01;

// Returns own relative to other, or nothing if there is no round or other's is not surely above 0.
std::optional<Ratio> net_ratio(const std::vector<NetCosts>& rounds);

// Returns whether the other's net cost is within three times its own uncertainty: clocks cannot
// tell it then, exact counts decide. Precondition: there is a round.
bool is_below_resolution(const std::vector<NetCosts>& rounds);

}  // namespace hakmem::cli
