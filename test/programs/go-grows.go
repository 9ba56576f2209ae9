// A Go program whose functions begin anew, for a stack that has to grow and for the scheduler, and whose goroutines wait
// for each other in the middle of calls, to go on on any thread.
package main

import (
	"fmt"
	"time"
)

//go:noinline
func goDive(depth int, weight [8]int) int {
	if depth == 0 {
		return weight[0]
	}
	weight[0]++
	return goDive(depth-1, weight) + 1
}

//go:noinline
func goFill(n int) int {
	var large [20000]int
	large[n] = n
	return large[n] + large[n+1]
}

//go:noinline
func goMany(a, b, c, d, e, f, g, h, i int, x, y float64, small byte, name string, of []int) string {
	return fmt.Sprint(a, b, c, d, e, f, g, h, i, x, y, small, name, of)
}

//go:noinline
func goWait(from chan int, to chan int) int {
	got := <-from
	time.Sleep(100 * time.Microsecond)
	to <- got
	return got
}

func main() {
	const workers, rounds, depth = 6, 10, 200
	results := make(chan int)
	from, to := make(chan int), make(chan int)
	for worker := 0; worker < workers; worker++ {
		go func() {
			sum := 0
			for round := 0; round < rounds; round++ {
				sum += goDive(depth, [8]int{}) + goFill(round) + goWait(from, to)
				sum += len(goMany(1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5, 1.5, 2, "name", nil))
			}
			results <- sum
		}()
	}
	total := 0
	for turn := 0; turn < workers*rounds; turn++ {
		from <- turn
		total += <-to
	}
	for worker := 0; worker < workers; worker++ {
		total += <-results
	}
	fmt.Printf("expect main.goDive %d\nexpect main.goFill %d\n", workers*rounds*(depth+1), workers*rounds)
	fmt.Printf("expect main.goMany %d\nexpect main.goWait %d\n", workers*rounds, workers*rounds)
	fmt.Printf("sum %d\n", total)
}
