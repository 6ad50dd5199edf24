//! By which name the user called this program, so that a call that is proposed can be typed as it
//! stands.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::{LazyLock, OnceLock};

/// The flags that say what is looked at, as they were given.
static FLAGS: OnceLock<String> = OnceLock::new();

/// `cargo xtask`, or the program's own name where it is installed.
pub fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let by_cargo = env::var_os("CARGO_MANIFEST_DIR").is_some();
        of(by_cargo, &env::current_exe().unwrap_or_default())
    });
    &NAME
}

/// What lies where cargo builds is no command of its own.
fn of(by_cargo: bool, program: &Path) -> String {
    let is_built = program
        .components()
        .any(|part| part.as_os_str() == "target");
    match program.file_name().and_then(OsStr::to_str) {
        Some(name) if !by_cargo && !is_built => name.to_string(),
        _ => "cargo xtask".to_string(),
    }
}

/// A call that is proposed is about what this one is about: notes the flags that say so, such as
/// ` --profile prod`. Only the first call counts.
pub fn with(flags: String) {
    // It is called once, before anything else.
    let _ = FLAGS.set(flags);
}

/// A sentence of ours, with the calls that it proposes as they are typed here.
pub fn told(sentence: &str) -> String {
    let flags = FLAGS.get().map_or("", String::as_str);
    sentence.replace("`cargo xtask ", &format!("`{}{flags} ", name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_what_can_be_typed() {
        let by_hand = |program: &str| of(false, Path::new(program));
        assert_eq!(by_hand("/home/me/.cargo/bin/xtask"), "xtask");
        assert_eq!(by_hand("deploy"), "deploy");
        assert_eq!(by_hand(""), "cargo xtask");
        assert_eq!(by_hand("/p/target/debug/xtask"), "cargo xtask");
        assert_eq!(of(true, Path::new("/bin/xtask")), "cargo xtask");
    }
}
