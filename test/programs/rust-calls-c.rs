//! A Rust program that calls the C library: through pointers, as rustc compiles them.
use std::os::raw::{c_char, c_int};

extern "C" {
    fn toupper(c: c_int) -> c_int;
    fn atoi(text: *const c_char) -> c_int;
}

/// What the compiler cannot foresee; Debian 12's does not have std::hint::black_box yet.
fn unforeseen<T: Copy>(value: T) -> T {
    unsafe { std::ptr::read_volatile(&value) }
}

mod inner {
    #[inline(never)]
    pub fn twice(x: i32) -> i32 {
        super::unforeseen(x) * 2
    }
}

fn main() {
    let mut sum = 0;
    for i in 0..20 {
        sum += unsafe { toupper('a' as c_int + i) };
        sum += unsafe { atoi(unforeseen(b"12\0").as_ptr().cast()) };
        sum += inner::twice(i);
    }
    println!("sum {sum}\nexpect toupper 20\nexpect atoi 20");
}
