"""A small benchmark: how long does it take to sort and to write JSON?"""
import json, random, time

random.seed(1)
numbers = [random.random() for _ in range(2000)]
start = time.perf_counter()
for _ in range(20):
    json.dumps(sorted(numbers))
print("done" if time.perf_counter() > start else "the clock stands still")
