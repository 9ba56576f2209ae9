// Functions with the types of C++ that debug information can describe.
#include <memory>
#include <string>
#include <vector>

enum class Level : unsigned char { Low = 1, High = 3 };

struct Base {
  virtual ~Base();
  virtual int run(const std::string &what, Level level) const;
  int id = 0;
};

struct Derived : Base {
  int run(const std::string &what, Level level) const override;
  static int count(int number);
  double weight = 0;
};

struct Trivial {
  long a, b, c;
};

Base::~Base() = default;
int Base::run(const std::string &what, Level) const { return static_cast<int>(what.size()) + id; }
int Derived::run(const std::string &what, Level level) const { return static_cast<int>(what.size()) + static_cast<int>(level); }
int Derived::count(int number) { return number; }

namespace outer {
std::string join(const std::vector<int> &numbers, std::string separator) { return separator + std::to_string(numbers.size()); }
int takes(std::unique_ptr<int> owner, Trivial plain, int &out, const int &in, Base &&moved) { return owner && plain.a + out + in + moved.id; }
Trivial gives(int Derived::*member) { return {member != nullptr, 2, 3}; }
}

int main() {
  Derived derived;
  return static_cast<int>(outer::join({1}, ",").size()) + derived.run("x", Level::Low) + static_cast<int>(outer::gives(nullptr).a);
}
