// A Go program that calls the C library through cgo, from two goroutines.
package main

/*
#include <stdlib.h>
#undef __NO_CTYPE
int toupper(int);
static int upper(int c) { return toupper(c); }
*/
import "C"
import "fmt"

func main() {
	done := make(chan int)
	for g := 0; g < 2; g++ {
		go func() {
			sum := 0
			for i := 0; i < 50; i++ {
				sum += int(C.upper(C.int('a' + i%26)))
			}
			done <- sum
		}()
	}
	fmt.Printf("sum %d\nexpect toupper 100\n", <-done+<-done)
}
