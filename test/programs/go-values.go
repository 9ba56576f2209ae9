// Functions of Go that take and return values of each kind, and say nothing but how they were called.
package main

import (
	"errors"
	"fmt"
)

type pair struct {
	number int32
	name   string
	small  [2]int16
}

//go:noinline
func goScalars(a int8, b bool, c uint16, d float32, e float64, f rune) (int, bool) {
	return int(a) + int(c), b
}

//go:noinline
func goWords(name string, of []int, by map[string]int, err error) (string, int, error) {
	return name, len(of) + len(by), err
}

//go:noinline
func goStructs(p pair, one [1]int, two [2]int, c complex128, last int) pair {
	p.number += int32(two[1]) + int32(last)
	return p
}

//go:noinline
func goManyWords(a, b, c, d, e, f, g, h, i, j int, k string) (int, string) { return a + j, k }

//go:noinline
func goNothing() {}

//go:noinline
func (p *pair) goMethod(by int) (sum complex64, ok bool) {
	return complex(float32(by), 0.5), p.number > 0
}

// Results of functions that defer calls have two places.
//
//go:noinline
func goDefers(by int) (int, string) {
	defer fmt.Print("")
	return by + 1, "deferred"
}

//go:noinline
func goRecovers(by int) (sum int, failed bool, err error) {
	defer func() { failed = recover() != nil }()
	return by * 2, false, nil
}

func main() {
	p := &pair{5, "five", [2]int16{1, 2}}
	goScalars(-3, true, 65535, 1.5, -2.25, 'g')
	goWords("gopher", []int{1, 2, 3}, nil, nil)
	goStructs(*p, [1]int{9}, [2]int{10, 20}, complex(1, 2), 7)
	goManyWords(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, "eleven")
	goNothing()
	p.goMethod(4)
	goDefers(5)
	goRecovers(6)
	fmt.Println("done", errors.New("not"))
}
