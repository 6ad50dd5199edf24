//! Embeds the page anew when a file of it appears or goes: the compiler only notices those that
//! change.

fn main() {
    println!("cargo::rerun-if-changed=dist");
}
