import { withoutParameters } from '../../../src/filter/demangled-name.js';

describe('withoutParameters', () => {
  it.each([
    ['ns::f(int)', 'ns::f'],
    ['f', 'f'],
    ['ns::f(void (*)(int), char const*) const', 'ns::f'],
    ['ns::f<int (int)>(int)', 'ns::f<int (int)>'],
    ['ns::S::operator()(int) const', 'ns::S::operator()'],
    ['ns::S::operator()', 'ns::S::operator()'],
    ['f(int) [clone .part.0]', 'f'],
    ['S::get() &&', 'S::get'],
    ['core::fmt::write::h0123456789abcdef', 'core::fmt::write'],
    ['(anonymous namespace)::f(int)', '(anonymous namespace)::f'],
    ['(anonymous namespace)', '(anonymous namespace)'],
    ['f)', 'f)'],
  ])('%s', (name, expected) => {
    expect(withoutParameters(name)).toBe(expected);
  });
});
