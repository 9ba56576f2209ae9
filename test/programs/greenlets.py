# Greenlets that are all inside bsearch, whose callback lets another one go on. argv[1]: greenlets, argv[2]: rounds.
import ctypes
import sys

import greenlet

libc = ctypes.CDLL(None)
Compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
count, rounds = int(sys.argv[1]), int(sys.argv[2])
scheduler = greenlet.getcurrent()


def compare(key, element):
    scheduler.switch()
    return 0


callback = Compare(compare)


def work(number):
    values = (ctypes.c_int * 2)(number, number)
    key = ctypes.c_int(number)
    for _ in range(rounds):
        libc.bsearch(ctypes.byref(key), values, 1, 4, callback)


tasks = [greenlet.greenlet(work) for _ in range(count)]
for number, task in enumerate(tasks):
    task.switch(number)
while any(not task.dead for task in tasks):
    for task in tasks:
        if not task.dead:
            task.switch()
print("expect bsearch", count * rounds)
