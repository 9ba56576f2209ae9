// Functions with the types of Rust that debug information can describe.

pub enum Shape {
    Circle { radius: f64 },
    Pair(f64, f64),
}

pub struct Point {
    pub x: u32,
    pub y: u32,
}

pub struct Large {
    pub values: [u64; 4],
}

#[inline(never)]
#[no_mangle]
pub fn area(shape: &Shape, scale: u8, extra: Option<u32>) -> f64 {
    let own = match shape {
        Shape::Circle { radius } => radius * radius,
        Shape::Pair(a, b) => a * b,
    };
    own * f64::from(scale) + f64::from(extra.unwrap_or(0))
}

#[inline(never)]
#[no_mangle]
pub fn label(name: &str, at: Point, flag: bool, letter: char) -> usize {
    name.len() + (at.x + at.y) as usize + usize::from(flag) + letter as usize
}

#[inline(never)]
#[no_mangle]
pub fn grow(large: Large, by: i64) -> Large {
    Large { values: large.values.map(|v| v.wrapping_add(by as u64)) }
}

/// What the compiler cannot foresee; Debian 12's does not have std::hint::black_box yet.
fn unforeseen<T: Copy>(value: T) -> T {
    unsafe { std::ptr::read_volatile(&value) }
}

fn main() {
    let total = area(&Shape::Circle { radius: 2.0 }, 3, unforeseen(Some(4)))
        + area(&Shape::Pair(1.0, 2.0), 1, None);
    let length = label("abc", Point { x: 1, y: 2 }, true, 'z');
    let large = grow(Large { values: [1, 2, 3, 4] }, -1);
    println!("{} {} {}", total, length, large.values[0]);
}
