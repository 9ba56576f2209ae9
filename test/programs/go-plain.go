// A Go program without C: static, its functions called as Go does.
package main

import "fmt"

//go:noinline
func goWork(x int) int { return x*2 + 1 }

func main() {
	sum := 0
	for i := 0; i < 5; i++ {
		sum += goWork(i)
	}
	fmt.Printf("expect main.goWork 5\nsum %d\n", sum)
}
