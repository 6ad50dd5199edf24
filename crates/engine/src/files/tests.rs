use super::*;
use std::time::{Duration, SystemTime};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("xtask-files-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("state")).unwrap();
        Folder(path)
    }

    fn write(&self, path: &str, text: &str) {
        let full = self.0.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }

    fn files(&self) -> Files {
        Files::open(&self.0, &self.0.join("state"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn globs_name_files_and_never_the_engines_own() {
    let folder = Folder::new("globs");
    for path in [
        "src/a.c",
        "src/deep/b.c",
        "src/deep/b.h",
        "src/skip/c.c",
        "state/x.c",
    ] {
        folder.write(path, "");
    }
    let names = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| p.to_string()).collect();
        folder.files().expand(&patterns).unwrap().join(" ")
    };
    assert_eq!(names(&["src/**/*.c"]), "src/a.c src/deep/b.c src/skip/c.c");
    assert_eq!(
        names(&["src/**/*.c", "!src/skip/**"]),
        "src/a.c src/deep/b.c"
    );
    assert_eq!(names(&["**/*.c", "!src/**"]), "");
    assert_eq!(names(&["src/*", "gone.c"]), "gone.c src/a.c");
}

#[test]
fn a_touch_changes_nothing_and_an_edit_with_the_old_time_does() {
    let folder = Folder::new("edit");
    folder.write("a", "one");
    let files = folder.files();
    let first = files.digest("a").unwrap();
    let time = SystemTime::now() - Duration::from_secs(1000);
    let set_time = || {
        fs::File::options()
            .write(true)
            .open(folder.0.join("a"))
            .unwrap()
            .set_modified(time)
            .unwrap()
    };
    set_time();
    assert_eq!(files.digest("a").unwrap(), first);
    folder.write("a", "two");
    set_time();
    assert_ne!(files.digest("a").unwrap(), first);
}

#[test]
fn the_cache_is_remembered_and_a_folder_is_its_tree() {
    let folder = Folder::new("tree");
    folder.write("out/a", "1");
    let files = folder.files();
    let first = files.digest("out").unwrap();
    files.save().unwrap();
    assert_eq!(folder.files().digest("out").unwrap(), first);
    folder.write("out/b", "2");
    assert_ne!(folder.files().digest("out").unwrap(), first);
    assert_eq!(files.digest("nothing").unwrap(), None);
}
