// Functions inlined into each other, through templates and lambdas, in namespaces: what line tables must tell apart.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>
#include <cstdio>
#include <iostream>
namespace shapes {
struct Point { int x, y; };
template <typename T> class Grid {
public:
  explicit Grid(int n) : cells(n) {}
  T &at(int i) { return cells.at(i); }
  int count() const { return static_cast<int>(cells.size()); }
private:
  std::vector<T> cells;
};
static inline int square(int v) { return v * v; }
inline int distance2(const Point &a, const Point &b) { return square(a.x - b.x) + square(a.y - b.y); }
int nearest(const std::vector<Point> &points, Point to) {
  auto found = std::min_element(points.begin(), points.end(), [&](const Point &a, const Point &b) {
    return distance2(a, to) < distance2(b, to);
  });
  return found == points.end() ? -1 : static_cast<int>(found - points.begin());
}
}
int main(int argc, char **argv) {
  std::map<std::string, std::unique_ptr<shapes::Grid<double>>> grids;
  for (int i = 0; i < argc; i++) grids[argv[i]] = std::make_unique<shapes::Grid<double>>(i + 1);
  std::vector<shapes::Point> points{{1, 2}, {3, 4}, {argc, 6}};
  std::sort(points.begin(), points.end(), [](auto a, auto b) { return a.x * 7 % 5 < b.x * 7 % 5; });
  std::cout << shapes::nearest(points, {2, argc}) << grids.size() << "\n";
  for (auto &each : grids) printf("%s %d\n", each.first.c_str(), each.second->count());
}
