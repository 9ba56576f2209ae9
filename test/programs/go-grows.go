// A Go program whose functions begin anew: for a stack that has to grow, for the scheduler, for a frame of any size.
package main

import "fmt"

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

func main() {
	const workers, rounds, depth = 6, 10, 200
	results := make(chan int)
	for worker := 0; worker < workers; worker++ {
		go func() {
			sum := 0
			for round := 0; round < rounds; round++ {
				sum += goDive(depth, [8]int{}) + goFill(round)
				sum += len(goMany(1, 2, 3, 4, 5, 6, 7, 8, 9, 0.5, 1.5, 2, "name", nil))
			}
			results <- sum
		}()
	}
	total := 0
	for worker := 0; worker < workers; worker++ {
		total += <-results
	}
	fmt.Printf("expect main.goDive %d\n", workers*rounds*(depth+1))
	fmt.Printf("expect main.goFill %d\nexpect main.goMany %d\n", workers*rounds, workers*rounds)
	fmt.Printf("sum %d\n", total)
}
