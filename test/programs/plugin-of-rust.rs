// What lib-plugin.c is, in Rust, whose compiler calls other libraries through pointers that are filled at load.
use std::os::raw::c_int;

extern "C" {
    fn toupper(character: c_int) -> c_int;
    fn isalpha(character: c_int) -> c_int;
}

#[no_mangle]
pub extern "C" fn plugin_run(rounds: c_int) -> c_int {
    let mut sum = 0;
    for i in 0..rounds {
        unsafe { sum += toupper(97 + i % 26) + c_int::from(isalpha(49) != 0) };
    }
    sum
}
